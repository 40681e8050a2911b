//! Compiles `proto/sensor.proto` without `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto/sensor.proto");
    let descriptors = protox::compile(["proto/sensor.proto"], ["proto"])?;
    let mut config = prost_build::Config::new();
    config.btree_map(["."]);
    // Biometric vectors must not reach a log line by way of `{:?}`.
    config.skip_debug(["Captured", "Preview"]);
    config.compile_fds(descriptors)?;
    Ok(())
}
