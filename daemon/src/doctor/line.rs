//! A daemon that runs knows best how it is; without one, its secure element is asked, if both know each other.

use std::time::Duration;

use wetsign_api::{Client, Endpoint, v1};
use wetsignd::{config::Config, element::ElementAddress};

use crate::{element_command, finding::Finding};

/// How long the daemon is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    match tokio::time::timeout(PATIENCE, status(config)).await {
        Ok(Ok(status)) => tell(status),
        Ok(Err(why)) => {
            let socket = config.api.socket.display();
            let mut findings =
                vec![Finding::doubt("daemon", format!("none answers at {socket}: {why}"), "`wetsignd run`")];
            findings.extend(element(config).await);
            findings
        }
        Err(_) => vec![Finding::amiss(
            "daemon",
            format!(
                "it took the call at {} and gave no answer within {} s",
                config.api.socket.display(),
                PATIENCE.as_secs()
            ),
            "see its log, then start it again",
        )],
    }
}

async fn status(config: &Config) -> Result<v1::KioskStatus, String> {
    let endpoint = Endpoint::Unix(config.api.socket.clone());
    let client =
        Client::connect(&endpoint).await.map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    let answer =
        client.kiosk().status(v1::StatusRequest {}).await.map_err(|status| status.message().to_owned())?;
    Ok(answer.into_inner())
}

fn tell(status: v1::KioskStatus) -> Vec<Finding> {
    let mut findings = vec![if status.state == "ready" {
        let found = format!(
            "version {}, ready: epoch {}, {} enrolled",
            status.version, status.epoch, status.enrolments
        );
        Finding::well("daemon", found)
    } else {
        Finding::amiss(
            "daemon",
            format!("not ready: {}", status.state),
            "until then nobody is led before the camera",
        )
    }];
    findings.extend(status.caveats.into_iter().map(|caveat| {
        let (what, why) = caveat.split_once(": ").unwrap_or((&caveat, ""));
        Finding::doubt(
            what,
            why,
            "it stands in what is signed, too; a verifier's policy says whether it counts",
        )
    }));
    findings
}

/// Asking an element for the first time would pair it with this kiosk: that is `wetsignd element identity`.
async fn element(config: &Config) -> Vec<Finding> {
    let name = "secure element";
    let place = match &config.element.address {
        ElementAddress::Unix(path) | ElementAddress::Serial(path) => Some(path),
        ElementAddress::Usb(_) => None,
    };
    let address = &config.element.address;
    if place.is_some_and(|path| !path.exists()) {
        let found = format!("there is nothing at {address}");
        return vec![Finding::amiss(name, found, "plug it in, or correct element.address")];
    }
    if !config.state.join("keys/element-host").exists() {
        let remedy = "`wetsignd element identity` pairs the two";
        return vec![Finding::doubt(
            name,
            format!("not asked: {address} and this kiosk do not know each other yet"),
            remedy,
        )];
    }
    match element_command::check(config).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::amiss(name, format!("{error:#}"), "`wetsignd element check` says more")],
    }
}
