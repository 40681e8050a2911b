//! What every command may be told beside the configuration file.

use std::path::PathBuf;

use clap::Args;
use wetsignd::{config::Config, element::ElementAddress};

/// Flags override the configuration file.
#[derive(Args)]
pub struct Flags {
    /// Configuration file; without one, the defaults that `wetsignd config` prints.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// State folder (`state`).
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Cache folder with models and keys (`cache`).
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// Unix socket for clients (`api.socket`).
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Where the secure element is: unix:/PATH, serial:/dev/TTY or usb:VENDOR:PRODUCT:SERIAL (`element.address`).
    #[arg(long, value_name = "ADDRESS")]
    pub element: Option<ElementAddress>,
    /// Sensor program (`sensor.program`).
    #[arg(long, value_name = "PROGRAM")]
    pub sensor: Option<PathBuf>,
    /// Accept recordings as sources (`sensor.allow_simulated`).
    #[arg(long)]
    pub allow_simulated: bool,
}

impl Flags {
    /// The configuration with what the flags say instead.
    ///
    /// # Errors
    /// A file that cannot be read, or a value outside its bounds.
    pub fn read(self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        let set = |value: Option<PathBuf>, place: &mut PathBuf| {
            if let Some(value) = value {
                *place = value;
            }
        };
        set(self.state, &mut config.state);
        set(self.cache, &mut config.cache);
        set(self.socket, &mut config.api.socket);
        if let Some(address) = self.element {
            config.element.address = address;
        }
        set(self.sensor, &mut config.sensor.program);
        config.sensor.allow_simulated |= self.allow_simulated;
        config.check()?;
        Ok(config)
    }
}
