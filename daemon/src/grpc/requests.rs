//! `Requests` and `Approvals`.

use std::time::Duration;

use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, approvals_server::Approvals, requests_server::Requests};

use super::{Services, convert};
use crate::{
    kiosk::now,
    ledger::{RequestView, Standing},
};

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 1000;
/// Longest pause between two looks at a watched request, so that its expiry is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

impl Services {
    async fn view(&self, id: wetsign_attest::id::Id) -> Result<RequestView, Status> {
        self.kiosk.books(move |ledger| ledger.request(&id, now())).await.map_err(convert::status)
    }
}

#[tonic::async_trait]
impl Requests for Services {
    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::RequestStatus>, Status> {
        let bytes = request.into_inner().request;
        let view = self.kiosk.books(move |ledger| {
            let id = ledger.submit(&bytes, now())?;
            ledger.request(&id, now())
        });
        Ok(Response::new(convert::request(view.await.map_err(convert::status)?)))
    }

    async fn get(&self, request: Request<v1::RequestId>) -> Result<Response<v1::RequestStatus>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        Ok(Response::new(convert::request(self.view(id).await?)))
    }

    async fn list(&self, request: Request<v1::ListRequests>) -> Result<Response<v1::RequestList>, Status> {
        let v1::ListRequests { states, limit } = request.into_inner();
        let limit = match limit as usize {
            0 => DEFAULT_LIMIT,
            limit => limit.min(LARGEST_LIMIT),
        };
        let wanted = move |standing: Standing| {
            states.is_empty() || states.contains(&(convert::state(standing) as i32))
        };
        let views = self.kiosk.books(move |ledger| ledger.requests(wanted, limit, now()));
        let mut requests: Vec<_> =
            views.await.map_err(convert::status)?.into_iter().map(convert::request).collect();
        // The answer must stay under the size limit: what no longer fits is left out, newest first.
        let mut room = wetsign_api::MAX_MESSAGE - 4096;
        requests.retain(|status| {
            let size = prost::Message::encoded_len(status) + 8;
            let fits = size <= room;
            room = if fits { room - size } else { 0 };
            fits
        });
        Ok(Response::new(v1::RequestList { requests }))
    }

    type WatchStream = ReceiverStream<Result<v1::RequestStatus, Status>>;

    async fn watch(&self, request: Request<v1::RequestId>) -> Result<Response<Self::WatchStream>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        let mut changes = self.kiosk.ledger.changes();
        let first = self.view(id).await?;
        let (give, take) = mpsc::channel(4);
        let services = self.clone();
        tokio::spawn(async move {
            let mut last = None;
            let mut next = Ok(first);
            loop {
                let view = match next {
                    Ok(view) => view,
                    Err(status) => return drop(give.send(Err(status)).await),
                };
                let done = view.standing.is_final();
                if last.as_ref() != Some(&view) {
                    if give.send(Ok(convert::request(view.clone()))).await.is_err() {
                        return;
                    }
                    last = Some(view);
                }
                if done {
                    return;
                }
                tokio::select! {
                    changed = changes.recv() => match changed {
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    },
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                    () = give.closed() => return,
                }
                next = services.view(id).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(take)))
    }
}

#[tonic::async_trait]
impl Approvals for Services {
    async fn get(&self, request: Request<v1::RequestId>) -> Result<Response<v1::Approval>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        let bundle = self.kiosk.books(move |ledger| ledger.bundle(&id)).await.map_err(convert::status)?;
        Ok(Response::new(v1::Approval { bundle }))
    }
}
