//! Who may approve: enrolled, sealed, asked on their own devices, and published by registrars.

pub mod enrolment;
pub mod epochs;
pub mod offers;
pub mod pairing;
pub mod tree;
pub mod vault;
