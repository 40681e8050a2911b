//! What a process holds in memory, looked at from outside, and what a validator's secrets look like there.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use anyhow::{Context, ensure};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha512};
use wetsign_attest::id::PublicKey;
use wetsign_circuits::{Features, Fr, encoding, field};
use wetsign_element::{Record, seal};
use wetsign_wire::limits;
use wetsignd::{
    people::vault::{Part, Template},
    secret::Secret,
    store::records::{self, Enrolled},
    store::{Batch, Store, Table},
};

/// So many bytes of a secret in a row are a copy of it.
const PIECE: usize = 16;
/// Pages of the kernel, which nobody can read or which hold nothing of the process.
const NOT_ITS_OWN: [&str; 4] = ["[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]"];

/// Everything that a process can read, at one time.
pub struct Snapshot {
    mappings: Vec<(String, Vec<u8>)>,
}

impl Snapshot {
    /// Reads the memory of a process (proc(5), `maps` and `mem`). A process that closed itself to debuggers can be read
    /// by root alone.
    ///
    /// # Errors
    /// Permission, or a process that is gone.
    pub fn of(process: u32) -> io::Result<Self> {
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
        let mut memory = fs::File::open(format!("/proc/{process}/mem"))?;
        let mut mappings = Vec::new();
        for line in maps.lines() {
            let mut fields = line.split_whitespace();
            let (Some(range), Some(rights)) = (fields.next(), fields.next()) else { continue };
            let name = fields.nth(3).unwrap_or("anonymous");
            let bounds =
                range.split_once('-').map(|(from, to)| [from, to].map(|at| u64::from_str_radix(at, 16)));
            let (true, Some([Ok(from), Ok(to)])) = (rights.starts_with('r'), bounds) else { continue };
            if NOT_ITS_OWN.contains(&name) {
                continue;
            }
            let mut bytes = vec![0; (to - from) as usize];
            memory.seek(SeekFrom::Start(from))?;
            // A mapping that went away meanwhile, or a file that is shorter than its mapping, ends early.
            let read = read_what_is_there(&mut memory, &mut bytes);
            bytes.truncate(read);
            mappings.push((format!("{range} {rights} {name}"), bytes));
        }
        Ok(Self { mappings })
    }

    /// Where pieces of these secrets lie: name of the secret, and its mapping.
    pub fn copies(&self, secrets: &[Trace]) -> Vec<String> {
        let pieces: Vec<(&'static str, &[u8])> = secrets
            .iter()
            .flat_map(|trace| trace.bytes.chunks_exact(PIECE).map(|piece| (trace.name, piece)))
            .collect();
        // Few bytes of a memory begin as a piece does: the rest is passed over quickly.
        let mut begins = vec![false; 1 << 16];
        for (_, piece) in &pieces {
            begins[begin(piece)] = true;
        }
        let mut found = Vec::new();
        for (mapping, bytes) in &self.mappings {
            for (at, window) in bytes.windows(PIECE).enumerate().filter(|(_, window)| begins[begin(window)]) {
                let here = pieces.iter().filter(|(_, piece)| *piece == window);
                found.extend(here.map(|(name, _)| format!("{name} at {at:#x} of {mapping}")));
            }
        }
        found
    }

    /// Bytes that were read.
    pub fn size(&self) -> usize {
        self.mappings.iter().map(|(_, bytes)| bytes.len()).sum()
    }
}

fn begin(bytes: &[u8]) -> usize {
    bytes.first_chunk().map_or(0, |first| usize::from(u16::from_ne_bytes(*first)))
}

fn read_what_is_there(memory: &mut fs::File, bytes: &mut [u8]) -> usize {
    let mut read = 0;
    while read < bytes.len() {
        match memory.read(&mut bytes[read..]) {
            Ok(0) | Err(_) => break,
            Ok(more) => read += more,
        }
    }
    read
}

/// A secret in one of the forms in which it is computed with.
pub struct Trace {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Trace {
    /// Any bytes.
    pub fn of(name: &'static str, bytes: &[u8]) -> Self {
        Self { name, bytes: bytes.to_vec() }
    }
}

/// An enrolled person's sealed secrets, and the key to them: what whoever holds both the kiosk's disk and the element's
/// has.
pub struct Opened {
    validator: PublicKey,
    enrolled: Enrolled,
    element: Record,
    store: Store,
}

impl Opened {
    /// The daemon has to be stopped: its store is for one process.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn of(validator: &[u8], state: &Path, element: &Path) -> anyhow::Result<Self> {
        let validator = PublicKey::try_from(validator)?;
        let element = Record::from_bytes(&fs::read(element.join("record"))?);
        let element = element.ok().context("the element's record cannot be read")?;
        let store = Store::open(state)?;
        let enrolled = store.get(Table::Enrolment, validator.as_bytes())?.context("nobody is enrolled")?;
        let enrolled = records::decode(&enrolled).context("the enrolment cannot be read")?;
        Ok(Self { validator, enrolled, element, store })
    }

    /// As this daemon seals: apart.
    pub fn is_apart(&self) -> bool {
        !self.enrolled.is_together()
    }

    fn open(&self, part: Part, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let root = self.element.root.as_ref().context("the element has no root secret")?;
        let (label, mut room) = (part.label(&self.validator), [0; limits::SEALED]);
        let plain = seal::unseal(root, &self.element.ueid, &label, sealed, &mut room);
        plain.map(<[u8]>::to_vec).ok().with_context(|| format!("{part:?} does not open"))
    }

    /// Everything secret, in each form in which it is computed with.
    ///
    /// # Errors
    /// What does not open.
    pub fn traces(&self) -> anyhow::Result<Vec<Trace>> {
        let credential = self.open(Part::Credential, &self.enrolled.credential.0)?;
        let template = self.open(Part::Template, &self.enrolled.template.0)?;
        ensure!(credential.len() == 97, "the credential has {} bytes", credential.len());
        let part = |n: usize| <[u8; 32]>::try_from(&credential[1 + 32 * n..33 + 32 * n]);
        let mut traces = vec![Trace::of("rotation seed", &template[1..33])];
        traces.extend(signing(&part(0)?));
        let names = ["circuit secret", "circuit secret in limbs", "circuit secret in Montgomery form"];
        traces.extend(element_forms(names, &field::from_bytes(&part(1)?)?));
        let names = ["blinding", "blinding in limbs", "blinding in Montgomery form"];
        traces.extend(element_forms(names, &field::from_bytes(&part(2)?)?));
        traces.extend(coordinates(&Template::read(Secret::of(&template)?)?.features()));
        Ok(traces)
    }

    /// Leaves the enrolment as a program of layout 2 did: sealed together.
    ///
    /// # Errors
    /// What does not open, or cannot be stored.
    pub fn put_together(mut self) -> anyhow::Result<()> {
        let credential = self.open(Part::Credential, &self.enrolled.credential.0)?;
        let template = self.open(Part::Template, &self.enrolled.template.0)?;
        let together = [&[1], &credential[1..], &template[1..]].concat();
        let root = self.element.root.as_ref().context("the element has no root secret")?;
        let (label, mut room) = (Part::Together.label(&self.validator), [0; limits::SEALED]);
        let sealed = seal::seal(root, &self.element.ueid, &label, &[7; 12], &together, &mut room);
        self.enrolled.together = sealed.context("it is too long")?.into();
        (self.enrolled.credential, self.enrolled.template) = Default::default();
        let mut batch = Batch::new();
        batch.put(Table::Enrolment, self.validator.as_bytes(), &records::encode(&self.enrolled));
        batch.put(Table::Meta, b"layout", &2_u32.to_be_bytes());
        Ok(self.store.commit(&batch)?)
    }
}

/// A seed, and what RFC 8032 § 5.1.5 derives from it, which signs as well.
fn signing(seed: &[u8; 32]) -> Vec<Trace> {
    let expanded = Sha512::digest(seed);
    let mut clamped = [0; 32];
    clamped.copy_from_slice(&expanded[..32]);
    (clamped[0], clamped[31]) = (clamped[0] & 0xf8, clamped[31] & 0x7f | 0x40);
    let scalar = SigningKey::from_bytes(seed).to_scalar();
    vec![
        Trace::of("signing seed", seed),
        Trace::of("signing scalar", &clamped),
        Trace::of("signing scalar", scalar.as_bytes()),
        Trace::of("signing prefix", &expanded[32..]),
    ]
}

/// As it is written, as a number in limbs, and as arkworks computes with it.
fn element_forms(names: [&'static str; 3], element: &Fr) -> Vec<Trace> {
    let canonical = field::to_bytes(element);
    let limbs: Vec<u8> = canonical.iter().rev().copied().collect();
    vec![
        Trace::of(names[0], &canonical),
        Trace::of(names[1], &limbs),
        Trace::of(names[2], &montgomery(element)),
    ]
}

fn montgomery(element: &Fr) -> Vec<u8> {
    element.0.0.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

/// As it is compared, as it is packed for the circuit, and as arkworks computes with that.
fn coordinates(template: &Features) -> Vec<Trace> {
    let mut traces = Vec::new();
    for (name, vector) in [("face template", &template.face), ("voice template", &template.voice)] {
        let plain: Vec<u8> = vector.iter().map(|coordinate| *coordinate as u8).collect();
        traces.push(Trace::of(name, &plain));
        for (chunk, packed) in vector.chunks_exact(31).zip(encoding::pack(vector)) {
            let bytes: Vec<u8> =
                chunk.iter().map(|coordinate| encoding::coordinate_byte(*coordinate)).collect();
            traces.push(Trace::of(name, &bytes));
            traces.push(Trace::of(name, &montgomery(&packed)));
        }
    }
    traces
}
