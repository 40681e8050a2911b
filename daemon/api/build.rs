//! Generates the gRPC types from `proto/` without a `protoc` on the machine.

use std::path::PathBuf;

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let descriptors = protox::compile(["wetsign/v1/kiosk.proto", "grpc/health/v1/health.proto"], ["proto"])?;
    std::fs::write(out.join("wetsign.v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    // Another kind of program, not a service of the kiosk.
    let keyholder = protox::compile(["wetsign/keyholder/v1/keyholder.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(keyholder)?;
    Ok(())
}
