//! What happens here, counted, for whoever looks after many kiosks: never who came, never what was seen or heard.
//!
//! The text is OpenMetrics 1.0, which Prometheus reads. Labels are names out of the program, never texts from outside,
//! so the number of series is bounded.

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Upper bounds of the steps' buckets, seconds.
const SECONDS: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0];

/// How somebody's visit ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    how: &'static str,
    stage: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    name: &'static str,
}

/// Counts since the daemon's start.
#[derive(Debug)]
pub struct Metrics {
    visits: Family<Ended, Counter>,
    gates: Family<Named, Counter>,
    steps: Family<Named, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        Self {
            visits: Family::default(),
            gates: Family::default(),
            steps: Family::new_with_constructor(histogram),
        }
    }
}

/// How the kiosk is at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Whether what is signed now would be believed.
    pub ready: bool,
    /// Whether the sensor program runs.
    pub sensor: bool,
    /// Records in the log.
    pub log: u64,
    /// People enrolled here.
    pub enrolled: u32,
    /// Number of the registry epoch in force, and how old it is in seconds; none: there is none.
    pub epoch: Option<(u64, u64)>,
    /// Bytes of the disk that are free.
    pub free: Option<u64>,
    /// Peak memory of each process, bytes.
    pub memory: Vec<(&'static str, u64)>,
}

impl Metrics {
    /// A visit ended: `cosigned`, `declined`, `enrolled`, `paired` or `refused`, the last at a stage.
    pub fn ended(&self, how: &'static str, stage: &'static str) {
        self.visits.get_or_create(&Ended { how, stage }).inc();
    }

    /// A gate was not passed.
    pub fn not_passed(&self, gate: &'static str) {
        self.gates.get_or_create(&Named { name: gate }).inc();
    }

    /// A step took its time.
    pub fn took(&self, step: &'static str, ms: u64) {
        self.steps.get_or_create(&Named { name: step }).observe(ms as f64 / 1000.0);
    }

    /// Everything as text.
    pub fn text(&self, moment: &Moment) -> String {
        let mut registry = Registry::with_prefix("wetsign");
        registry.register("visits", "Visits by how they ended", self.visits.clone());
        registry.register("gates_not_passed", "Gates that somebody did not pass", self.gates.clone());
        registry.register_with_unit(
            "step",
            "How long a step of a visit took",
            Unit::Seconds,
            self.steps.clone(),
        );

        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge: Gauge = Gauge::default();
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
            registry.register(name, help, gauge);
        };
        gauge("ready", "Whether what is signed now would be believed", u64::from(moment.ready));
        gauge("sensor_up", "Whether the sensor program runs", u64::from(moment.sensor));
        gauge("log_records", "Records in the log", moment.log);
        gauge("enrolled", "People enrolled here", u64::from(moment.enrolled));
        if let Some((number, age)) = moment.epoch {
            gauge("epoch", "Number of the registry epoch", number);
            gauge("epoch_age_seconds", "Age of the registry epoch", age);
        }
        if let Some(free) = moment.free {
            gauge("disk_free_bytes", "What is free of the state folder's disk", free);
        }
        let peaks = Family::<Named, Gauge>::default();
        for (name, bytes) in &moment.memory {
            peaks.get_or_create(&Named { name }).set(i64::try_from(*bytes).unwrap_or(i64::MAX));
        }
        registry.register("memory_peak_bytes", "Peak memory of a process", peaks);

        let mut out = String::new();
        // Writing into a text cannot fail.
        let _ = text::encode(&mut out, &registry);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_counted_under_names_of_the_program() {
        let metrics = Metrics::default();
        metrics.ended("cosigned", "");
        metrics.ended("refused", "match");
        metrics.ended("refused", "match");
        metrics.not_passed("face_match");
        metrics.took("prove", 300);

        let text = metrics.text(&Moment { ready: true, epoch: Some((7, 60)), log: 12, ..Moment::default() });

        for line in [
            "wetsign_visits_total{how=\"refused\",stage=\"match\"} 2",
            "wetsign_visits_total{how=\"cosigned\",stage=\"\"} 1",
            "wetsign_gates_not_passed_total{name=\"face_match\"} 1",
            "wetsign_step_seconds_bucket{le=\"0.5\",name=\"prove\"} 1",
            "wetsign_ready 1",
            "wetsign_epoch 7",
            "wetsign_log_records 12",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
