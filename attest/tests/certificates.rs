//! Who stands behind a secure element: every way in which a certificate chain can be wrong.

#[macro_use]
#[allow(dead_code)] // each test program uses its part
mod support;

use support::expect::*;
use support::*;
use wetsign_attest::eat::Home;
use wetsign_attest::evm::EvmAddress;
use wetsign_attest::id::{Atto, Blob, ChannelKey};
use wetsign_attest::object::*;
use wetsign_attest::policy::TrustPolicy;
use wetsign_attest::verify::code;
use wetsign_attest::{Error, limits};

#[test]
fn step_5_a_root_of_the_policy_stands_behind_the_element() {
    let provisioner = |change: fn(&mut ProvisionerCertificate)| edit!(provisioner: move |_, c: &mut ProvisionerCertificate| change(c));
    let device =
        |change: fn(&mut DeviceCertificate)| edit!(device: move |_, c: &mut DeviceCertificate| change(c));
    refused(&provisioner(|c| c.root = public(OTHER)), &[code::CERTIFICATE_ROOT]);
    let nobody = TrustPolicy { roots: vec![], ..policy() };
    refused_by(&Edits::default(), &nobody, options(), &[code::CERTIFICATE_ROOT]);
    // The provisioner's own key is no root, and a root that provisions too answers to nobody.
    let itself = TrustPolicy { roots: vec![public(PROVISIONER)], ..policy() };
    refused_by(&Edits::default(), &itself, options(), &[code::CERTIFICATE_ROOT]);
    let both = TrustPolicy { roots: vec![public(PROVISIONER), public(ROOT)], ..policy() };
    refused_by(&Edits::default(), &both, options(), &[code::CERTIFICATE_ROOT]);

    refused(&device(|c| c.not_after = T), &[code::CERTIFICATE_TIME]);
    refused(&device(|c| c.not_before = T + 100), &[code::CERTIFICATE_TIME]);
    refused(&provisioner(|c| c.not_after = T), &[code::CERTIFICATE_TIME]);
    refused(&provisioner(|c| c.not_before = T + 100), &[code::CERTIFICATE_TIME]);
    // Both ends belong to the window.
    sound(&edit!(device: |p, c: &mut DeviceCertificate| c.not_after = T + 30 + p as u64));
    sound(&edit!(provisioner: |p, c: &mut ProvisionerCertificate| c.not_before = T + 30 + p as u64));

    refused(&provisioner(|c| c.hwmodels = vec!["wetsign-board-2".into()]), &[code::CERTIFICATE_MODEL]);
    refused(&device(|c| c.hwmodel = "wetsign-board-3".into()), &[code::CERTIFICATE_MODEL]);

    // Somebody who was certified by nobody, and the root itself, sign the device's certificate.
    refused(&device(|c| c.provisioner = public(OTHER)), &[code::CERTIFICATE]);
    refused(&device(|c| c.provisioner = public(ROOT)), &[code::CERTIFICATE]);
}

#[test]
fn step_5_who_vouches_for_elements_is_no_validator_and_has_no_stake() {
    for voucher in [PROVISIONER, ROOT] {
        let staked = Stake { validator: public(voucher), amount: Atto(1) };
        let staked = edit!(stakes: move |s: &mut StakeSnapshot| {
            s.stakes.push(staked.clone());
            s.stakes.sort_by_key(|stake| stake.validator);
        });
        refused(&staked, &[code::CERTIFICATE_INDEPENDENCE]);
    }
    // The second person made both elements, or is the root.
    let second = public(21);
    let provisioner = edit!(
        device: move |_, c: &mut DeviceCertificate| c.provisioner = second,
        provisioner: move |_, c: &mut ProvisionerCertificate| c.provisioner = second,
    );
    refused(&provisioner, &[code::CERTIFICATE_INDEPENDENCE]);
    let root = edit!(provisioner: move |_, c: &mut ProvisionerCertificate| c.root = second);
    let trusting = TrustPolicy { roots: vec![second], ..policy() };
    refused_by(&root, &trusting, options(), &[code::CERTIFICATE_INDEPENDENCE]);
}

#[test]
fn step_5_a_chain_of_another_form_is_refused() {
    let refused_chain = |change: fn(&mut Vec<u8>)| {
        let edits = edit!(chain: move |_, bytes: &mut Vec<u8>| change(bytes));
        refused(&edits, &[code::CERTIFICATE]);
    };
    refused_chain(|bytes| bytes.push(0));
    refused_chain(|bytes| {
        bytes.pop();
    });
    refused_chain(|bytes| *bytes = links(bytes, &[1, 0]));
    refused_chain(|bytes| *bytes = links(bytes, &[0]));
    refused_chain(|bytes| *bytes = links(bytes, &[0, 0]));
    refused_chain(|bytes| *bytes = links(bytes, &[0, 1, 1]));
    // The device certificate under the provisioner's signature.
    refused_chain(|bytes| {
        let [device, provisioner]: [Blob; 2] = minicbor::decode(bytes).unwrap();
        let body = &device.0[..device.0.len() - 64];
        let stolen = [body, &provisioner.0[provisioner.0.len() - 64..]].concat();
        *bytes = minicbor::to_vec([Blob(stolen), provisioner]).unwrap();
    });
    // An array of indefinite length.
    refused_chain(|bytes| {
        bytes[0] = 0x9f;
        bytes.push(0xff);
    });
    // Over the limit a co-signature cannot even be signed.
    let [device, provisioner]: [Blob; 2] = minicbor::decode(&first_chain()).unwrap();
    let long = minicbor::to_vec([Blob([&device.0[..], &[0; 900]].concat()), provisioner]).unwrap();
    assert_eq!(
        CertificateChain::decode(&long),
        Err(Error::Limit { what: "certificate chain", found: long.len(), bound: 1024 })
    );
}

/// A chain of these links of another one.
fn links(bytes: &[u8], which: &[usize]) -> Vec<u8> {
    let links: [Blob; 2] = minicbor::decode(bytes).unwrap();
    minicbor::to_vec(which.iter().map(|index| links[*index].clone()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn no_changed_byte_of_a_chain_is_read() {
    let bytes = first_chain();
    assert_eq!(CertificateChain::decode(&bytes).unwrap().bytes(), bytes);
    for index in 0..bytes.len() {
        for change in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[index] ^= change;
            assert!(CertificateChain::decode(&changed).is_err(), "byte {index} ^ {change:#04x}");
        }
        assert!(CertificateChain::decode(&bytes[..index]).is_err(), "cut at {index}");
    }
}

#[test]
fn the_longest_chain_is_within_what_an_element_keeps() {
    let model = |number: u8| format!("{number}{}", "m".repeat(31));
    let device = DeviceCertificate {
        device_key: public(30),
        channel_key: ChannelKey([1; 32]),
        ueid: Blob(vec![1; 33]),
        hwmodel: model(0),
        home: Home::Program,
        not_before: u64::MAX - 1,
        not_after: u64::MAX,
        provisioner: public(PROVISIONER),
        settlement: Some(EvmAddress([0xff; 20])),
    };
    let provisioner = ProvisionerCertificate {
        provisioner: public(PROVISIONER),
        name: "n".repeat(64),
        hwmodels: (0..8).map(model).collect(),
        not_before: u64::MAX - 1,
        not_after: u64::MAX,
        root: public(ROOT),
    };
    let chain = CertificateChain::new(&sign(device.clone()), &sign(provisioner.clone())).unwrap();
    assert!(chain.bytes().len() <= limits::CERTIFICATE_CHAIN, "{}", chain.bytes().len());

    let refused = |device: DeviceCertificate| assert!(device.to_payload().is_err());
    refused(DeviceCertificate { hwmodel: "m".repeat(33), ..device.clone() });
    refused(DeviceCertificate { ueid: Blob(vec![1; 34]), ..device.clone() });
    refused(DeviceCertificate { not_before: u64::MAX, ..device.clone() });
    refused(DeviceCertificate { settlement: Some(EvmAddress([0; 20])), ..device.clone() });
    refused(DeviceCertificate { provisioner: device.device_key, ..device });
    let refused = |provisioner: ProvisionerCertificate| assert!(provisioner.to_payload().is_err());
    refused(ProvisionerCertificate { name: "n".repeat(65), ..provisioner.clone() });
    refused(ProvisionerCertificate { hwmodels: vec![], ..provisioner.clone() });
    refused(ProvisionerCertificate { hwmodels: (0..9).map(model).collect(), ..provisioner.clone() });
    refused(ProvisionerCertificate { hwmodels: vec![model(1), model(0)], ..provisioner.clone() });
    refused(ProvisionerCertificate { root: provisioner.provisioner, ..provisioner });
}
