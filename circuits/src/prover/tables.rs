//! What is computed once for a key: multiples of its points, by the memory that may be spent.

use super::cancel::Cancel;
use super::error::ProveError;
use super::form::Form;
use super::mapping::Bytes;
use super::msm::Section;
use super::quotient::Quotients;
use super::sums::Sums;
use crate::ProvingKey;
use crate::builder::Assignment;
use crate::inputs::PUBLIC_COUNT;
use ark_bn254::{Bn254, G1Affine, g1, g2};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// More passes than any plan has windows.
const MOST_PASSES: usize = 64;

/// Where a prover's tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableHome {
    /// Mapped from this file.
    File(PathBuf),
    /// In memory, because they are to take none on disk or because the file could not be had.
    Memory {
        /// Why there is no file; none when no memory for tables was granted.
        reason: Option<String>,
    },
}

/// The three multi-scalar multiplications of a proof. B is needed in G2 alone, see [`Sums::blinded`].
pub(super) struct Tables {
    a: Section<g1::Config>,
    b: Section<g2::Config>,
    /// H and L together: their sum is all that is needed of them.
    c: Section<g1::Config>,
    quotients: Option<Quotients>,
    form: Form,
    bytes: Bytes,
    home: TableHome,
}

impl Tables {
    /// The fastest tables that take at most `memory` bytes. They are read from a file in `folder`, or made and put
    /// there.
    pub fn of(key: &ProvingKey, form: Form, memory: usize, folder: Option<&Path>) -> Self {
        let booleans = key.rows().booleans();
        let plan = |passes| Self::plan(key.groth16(), &booleans, form, passes);
        let planned = (1..MOST_PASSES).map(plan).find(|tables| tables.size() <= memory);
        let stored = planned.is_some();
        let mut tables = planned.unwrap_or_else(|| plan(MOST_PASSES));
        tables.quotients = Quotients::new(key.rows().constraints(), form);
        let build = |tables: &Self| tables.build(key.groth16());
        (tables.bytes, tables.home) = match folder.filter(|_| stored) {
            None => (Bytes::owned(&build(&tables)), TableHome::Memory { reason: None }),
            Some(folder) => {
                let header = tables.header(&key.points_digest());
                let name = format!(
                    "match-{}-{}{}.tables",
                    crate::keys::short_digest(&key.points_digest()),
                    tables.size(),
                    if form.stored() == 0 { "" } else { "-lanes" }
                );
                let path = folder.join(name);
                match Bytes::from_file(&path, &header, tables.size(), || build(&tables)) {
                    Ok(bytes) => (bytes, TableHome::File(path)),
                    Err(error) => {
                        let reason = Some(format!("{}: {error}", path.display()));
                        (Bytes::owned(&build(&tables)), TableHome::Memory { reason })
                    }
                }
            }
        };
        tables
    }

    fn plan(key: &ark_groth16::ProvingKey<Bn254>, booleans: &[bool], form: Form, passes: usize) -> Self {
        let bit = |wire: usize| booleans[wire];
        let private = key.h_query.len();
        let c = c_bases(key);
        Self {
            a: Section::new(&key.a_query, bit, passes, form),
            b: Section::new(&key.b_g2_query, bit, passes, form),
            c: Section::new(
                &c,
                |position| position >= private && booleans[position - private + PUBLIC_COUNT + 1],
                passes,
                form,
            ),
            quotients: None,
            form,
            bytes: Bytes::owned(&[]),
            home: TableHome::Memory { reason: None },
        }
    }

    fn build(&self, key: &ark_groth16::ProvingKey<Bn254>) -> Vec<u8> {
        let mut bytes = self.a.build(&key.a_query);
        bytes.extend(self.b.build(&key.b_g2_query));
        bytes.extend(self.c.build(&c_bases(key)));
        bytes
    }

    /// Says to which key and which plan a file belongs.
    fn header(&self, key: &[u8; 32]) -> Vec<u8> {
        let plans = [self.a.plan, self.b.plan, self.c.plan];
        let mut header = key.to_vec();
        for plan in plans {
            header.extend([plan.window as u8, plan.passes as u8]);
        }
        header.push(self.form.stored());
        header.extend((self.size() as u64).to_be_bytes());
        header
    }

    /// Bytes of all tables.
    pub fn size(&self) -> usize {
        self.a.size() + self.b.size() + self.c.size()
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn home(&self) -> &TableHome {
        &self.home
    }

    /// Curve additions of a proof in G1 and in G2.
    pub fn additions(&self) -> (usize, usize) {
        (self.a.additions() + self.c.additions(), self.b.additions())
    }

    /// The three sums for a witness. The quotient is needed by one of them alone, so it is made beside the others.
    pub fn multiply(&self, assignment: &Assignment, cancel: &Cancel) -> Result<Sums, ProveError> {
        let (a_table, rest) = self.bytes.as_slice().split_at(self.a.size());
        let (b_table, c_table) = rest.split_at(self.b.size());
        let wires = &assignment.wires;
        let c = || {
            let quotients = self.quotients.as_ref();
            let quotient = quotients
                .map(|quotients| quotients.of(assignment))
                .ok_or_else(|| ProveError::System { reason: "no evaluation domain of this size".into() })?;
            cancel.check()?;
            let scalars =
                Zeroizing::new([&quotient[..quotient.len() - 1], &wires[PUBLIC_COUNT + 1..]].concat());
            Ok::<_, ProveError>(self.c.multiply(c_table, &scalars, cancel)?)
        };
        let others = || {
            rayon::join(
                || self.b.multiply(b_table, wires, cancel),
                || self.a.multiply(a_table, wires, cancel),
            )
        };
        let (c, (b, a)) = rayon::join(c, others);
        Ok(Sums { a: a?, b: b?, c: c? })
    }
}

fn c_bases(key: &ark_groth16::ProvingKey<Bn254>) -> Vec<G1Affine> {
    [&key.h_query[..], &key.l_query[..]].concat()
}
