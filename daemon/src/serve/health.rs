//! gRPC health: every service of a door, serving while the kiosk is ready.

use std::{pin::Pin, time::Duration};

use futures_util::{Stream, stream};
use tonic::{Request, Response, Status};
use wetsign_api::health::{
    HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
    health_check_response::ServingStatus, health_server::Health,
};

use super::{Services, access};

/// How often a watcher's stream looks.
const LOOK: Duration = Duration::from_secs(2);

impl Services {
    async fn serving(&self) -> ServingStatus {
        if self.missing().await.1.is_empty() { ServingStatus::Serving } else { ServingStatus::NotServing }
    }

    /// The empty name is the kiosk as a whole.
    fn knows(&self, service: &str) -> bool {
        service.is_empty() || access::services(self.door).any(|known| known == service)
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl Health for Services {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if !self.knows(&service) {
            return Err(Status::not_found(format!("there is no service {service:?} here")));
        }
        Ok(Response::new(response(self.serving().await)))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        let status = self.serving().await;
        let names = access::services(self.door).chain([""]);
        let statuses = names.map(|name| (name.to_owned(), response(status))).collect();
        Ok(Response::new(HealthListResponse { statuses }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = self.knows(&request.into_inner().service);
        let begin: (Self, Option<ServingStatus>) = (self.clone(), None);
        let states = stream::unfold(begin, move |(services, told)| async move {
            loop {
                let status = if known { services.serving().await } else { ServingStatus::ServiceUnknown };
                if told != Some(status) {
                    return Some((Ok(response(status)), (services, Some(status))));
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        Ok(Response::new(Box::pin(states)))
    }
}
