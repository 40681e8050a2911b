//! `Requesters`: who asks, as whoever runs this kiosk says it.

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, requesters_server::Requesters};
use wetsign_attest::{id::PublicKey, object::Registration};

use super::{Services, convert, page::Page};
use crate::{kiosk::now, requests::ledger::Ledger};

const DAY: u64 = 86_400;
/// Longest registration, days.
const DAYS: u32 = 3660;

#[tonic::async_trait]
impl Requesters for Services {
    async fn register(
        &self,
        request: Request<v1::RegisterRequester>,
    ) -> Result<Response<v1::Registered>, Status> {
        let v1::RegisterRequester { requester_key, name, contact, mut purposes, days } = request.into_inner();
        if !(1..=DAYS).contains(&days) {
            return Err(Status::invalid_argument(format!("days must be 1 to {DAYS}")));
        }
        purposes.sort();
        let (requester, time) = (convert::public_key(&requester_key)?, now());
        let kept = self.kiosk.books(move |ledger| {
            let kiosk = PublicKey::from(&ledger.keys().kiosk);
            let until = time + u64::from(days) * DAY;
            ledger.register(Registration { requester, name, contact, purposes, kiosk, time, until })
        });
        let kept = kept.await.map_err(convert::status)?;
        Ok(Response::new(v1::Registered { registration: kept.bytes().to_vec() }))
    }

    async fn remove(&self, request: Request<v1::RequesterKey>) -> Result<Response<v1::Ack>, Status> {
        let key = convert::public_key(&request.into_inner().key)?;
        self.kiosk.books(move |ledger| ledger.unregister(&key)).await.map_err(convert::status)?;
        Ok(Response::new(v1::Ack {}))
    }

    async fn list(
        &self,
        request: Request<v1::ListRequesters>,
    ) -> Result<Response<v1::RequesterList>, Status> {
        let after = request.into_inner().page;
        if !after.is_empty() && PublicKey::try_from(after.as_slice()).is_err() {
            return Err(Status::invalid_argument("page must be the next_page of an earlier list, or empty"));
        }
        let known = self.kiosk.books(Ledger::registrations).await.map_err(convert::status)?;
        let rows: Vec<_> = known
            .iter()
            .map(|signed| (signed.payload().requester.as_bytes().to_vec(), signed.bytes().to_vec()))
            .collect();
        Ok(Response::new(page_after(&after, &rows)))
    }
}

/// As many registrations as one message holds, behind the one of this key. All of them stand in the order of their
/// keys.
fn page_after(after: &[u8], rows: &[(Vec<u8>, Vec<u8>)]) -> v1::RequesterList {
    let begin = rows.partition_point(|(key, _)| key.as_slice() <= after);
    let rest = &rows[if after.is_empty() { 0 } else { begin }..];
    let mut page = Page::new(usize::MAX);
    let taken = rest.iter().take_while(|(_, bytes)| page.takes(bytes.clone())).count();
    let next_page = rest[..taken].last().filter(|_| taken < rest.len()).map(|(key, _)| key.clone());
    v1::RequesterList {
        registrations: page.into_rows(),
        left_out: (rest.len() - taken) as u64,
        next_page: next_page.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn every_registration_is_on_one_page() {
        let rows: Vec<_> =
            (0..4000_u32).map(|n| (n.to_be_bytes().to_vec(), vec![1; n as usize % 2500])).collect();
        let (mut seen, mut after) = (0, Vec::new());
        loop {
            let list = page_after(&after, &rows);
            assert!(list.encoded_len() <= wetsign_api::MAX_MESSAGE);
            let here = list.registrations.len();
            assert_eq!(
                list.registrations,
                rows[seen..seen + here].iter().map(|row| row.1.clone()).collect::<Vec<_>>()
            );
            seen += here;
            assert_eq!(list.left_out as usize, rows.len() - seen);
            if list.next_page.is_empty() {
                break;
            }
            after = list.next_page;
        }
        assert_eq!(seen, rows.len());
        assert_eq!(page_after(&[], &[]), v1::RequesterList::default());
    }
}
