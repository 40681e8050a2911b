//! `Requests` and `Approvals`.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    time::Duration,
};

use futures_util::{Stream, stream};
use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, approvals_server::Approvals, requests_server::Requests};
use wetsign_attest::id::Id;

use super::{Services, convert, page::Page};
use crate::{
    kiosk::now,
    requests::ledger::{Place, RequestView, Standing, Watcher},
};

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 1000;
/// A watcher looks again at least so often: clocks jump.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

impl Services {
    async fn view(&self, id: Id) -> Result<RequestView, Status> {
        self.read(move |ledger| ledger.request(&id, now())).await
    }
}

#[tonic::async_trait]
impl Requests for Services {
    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::RequestStatus>, Status> {
        let v1::SubmitRequest { request, escrow } = request.into_inner();
        let view = self.write(move |ledger| {
            let id = ledger.submit_escrowed(&request, (!escrow.is_empty()).then_some(&escrow), now())?;
            ledger.request(&id, now())
        });
        Ok(Response::new(convert::request(view.await?)))
    }

    async fn get(&self, request: Request<v1::RequestId>) -> Result<Response<v1::RequestStatus>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        Ok(Response::new(convert::request(self.view(id).await?)))
    }

    async fn list(&self, request: Request<v1::ListRequests>) -> Result<Response<v1::RequestList>, Status> {
        let v1::ListRequests { states, limit, page } = request.into_inner();
        let limit = match limit as usize {
            0 => DEFAULT_LIMIT,
            limit => limit.min(LARGEST_LIMIT),
        };
        let after = if page.is_empty() { None } else { Some(page_start(&page)?) };
        let wanted = move |standing: Standing| {
            states.is_empty() || states.contains(&(convert::state(standing) as i32))
        };
        let page = self.read(move |ledger| {
            // What no longer fits into one message is on the next page.
            let mut requests = Page::new(limit);
            let next = ledger
                .requests(wanted, after, limit, now(), |view| requests.takes(convert::request(view)))?;
            Ok((requests.into_rows(), next))
        });
        let (requests, next) = page.await?;
        let next_page = next.map(|place| page_token(&place)).unwrap_or_default();
        Ok(Response::new(v1::RequestList { requests, next_page }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<v1::RequestStatus, Status>> + Send>>;

    async fn watch(&self, request: Request<v1::RequestId>) -> Result<Response<Self::WatchStream>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        let changes = self.kiosk.ledger.watch(&id);
        self.view(id).await?;
        // Nothing is read before the client has room for it.
        let watching = Watching { services: self.clone(), id, changes, told: None, look: None };
        let statuses =
            stream::unfold(
                Some(watching),
                |watching: Option<Watching>| async move { watching?.next().await },
            );
        Ok(Response::new(Box::pin(statuses)))
    }
}

/// Someone watches a request.
struct Watching {
    services: Services,
    id: Id,
    changes: Watcher,
    /// Of what was told last.
    told: Option<u64>,
    /// When to look again; none: now.
    look: Option<Duration>,
}

impl Watching {
    async fn next(mut self) -> Option<(Result<v1::RequestStatus, Status>, Option<Self>)> {
        loop {
            if let Some(look) = self.look {
                tokio::select! {
                    () = self.changes.changed() => {}
                    () = tokio::time::sleep(look) => {}
                }
            }
            let view = match self.services.view(self.id).await {
                Ok(view) => view,
                Err(status) => return Some((Err(status), None)),
            };
            let left = Duration::from_secs(view.expires.saturating_sub(now()).max(1));
            self.look = Some(left.min(LOOK_AGAIN));
            let ends = view.standing.is_final();
            let status = convert::request(view);
            let tells = hash(&status);
            if self.told.replace(tells) != Some(tells) {
                return Some((Ok(status), (!ends).then_some(self)));
            }
        }
    }
}

/// Tells two states of one request apart.
fn hash(status: &v1::RequestStatus) -> u64 {
    let v1::RequestStatus {
        state,
        verdict,
        refusal,
        cosignatures,
        quorum,
        declines,
        reasons,
        withdrawal,
        complaints,
        ..
    } = status;
    let mut hasher = DefaultHasher::new();
    (state, verdict, refusal, cosignatures, quorum, declines, reasons, withdrawal, complaints)
        .hash(&mut hasher);
    hasher.finish()
}

fn page_token(place: &Place) -> Vec<u8> {
    [place.received.to_be_bytes().as_slice(), &place.id.0].concat()
}

fn page_start(token: &[u8]) -> Result<Place, Status> {
    let parts = token.split_first_chunk::<8>();
    let place = parts.and_then(|(received, id)| {
        Some(Place { received: u64::from_be_bytes(*received), id: Id::try_from(id).ok()? })
    });
    place.ok_or_else(|| Status::invalid_argument("page must be the next_page of an earlier list, or empty"))
}

#[tonic::async_trait]
impl Approvals for Services {
    async fn get_withdrawn(&self, request: Request<v1::RequestId>) -> Result<Response<v1::Approval>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        let bundle = self.read(move |ledger| ledger.withdrawn_bundle(&id)).await?;
        Ok(Response::new(v1::Approval { bundle }))
    }

    async fn get(&self, request: Request<v1::RequestId>) -> Result<Response<v1::Approval>, Status> {
        let id = convert::id(&request.into_inner().id)?;
        let bundle = self.read(move |ledger| ledger.bundle(&id)).await?;
        Ok(Response::new(v1::Approval { bundle }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_where_the_one_before_it_ended_and_nowhere_else() {
        let place = Place { received: 1_800_000_000, id: Id([7; 32]) };
        let token = page_token(&place);
        assert_eq!(page_start(&token).unwrap(), place);
        for foreign in [&token[..39], &[&token[..], &[0]].concat(), &[], &[1; 8]] {
            assert_eq!(page_start(foreign).unwrap_err().code(), tonic::Code::InvalidArgument);
        }
    }

    #[test]
    fn who_watches_is_told_of_every_change_and_of_nothing_twice() {
        let status = v1::RequestStatus { quorum: 2, ..v1::RequestStatus::default() };
        assert_eq!(hash(&status), hash(&status.clone()));
        type Change = fn(&mut v1::RequestStatus);
        let changes: [Change; 8] = [
            |status| status.set_state(v1::RequestState::Withdrawn),
            |status| status.verdict = vec![1],
            |status| status.refusal = vec![1],
            |status| status.cosignatures = 1,
            |status| status.quorum = 3,
            |status| status.declines = 1,
            |status| status.reasons = vec!["no".into()],
            |status| status.withdrawal = vec![1],
        ];
        let mut told = std::collections::BTreeSet::from([hash(&status)]);
        for change in changes {
            let mut changed = status.clone();
            change(&mut changed);
            told.insert(hash(&changed));
        }
        assert_eq!(told.len(), 9);
    }
}
