//! The face embeddings against each other, on the same faces.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use wetsign_infer::{AlternativeFaceEmbedder, Face, Frame, Networks, VideoReader, quality::cosine};
use wetsign_models::store::ModelStore;
use wetsign_models::template::Rotation;

use wetsign_lab::stats::{EqualError, Summary};

/// The alternative is projected by the first rows of this rotation.
const PROJECTION_SEED: &[u8; 32] = b"wetsign-lab: projection to 192-d";
const PROJECTED: usize = 192;
/// The talking clip's faces are about 45 pixels wide: they are enlarged before detection.
const ENLARGED: f64 = 3.0;

#[derive(clap::Args)]
pub struct Arguments {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// One face with its embeddings.
struct Sample {
    /// Who it is; `None` where only the others in the same picture are known to be different people.
    person: Option<&'static str>,
    /// Where it comes from.
    source: String,
    /// One vector for each of [`MODELS`].
    vectors: [Vec<f32>; 3],
}

const MODELS: [&str; 3] = ["mobilefacenet 192", "fr-feature 512", "fr-feature projected to 192"];

#[derive(Serialize)]
struct Row {
    model: &'static str,
    same: Summary,
    different: Summary,
    equal_error: EqualError,
    /// The two different people who look most alike, by where their faces come from.
    most_alike: String,
    /// Smallest and mean similarity of the same person, by where the two faces come from.
    same_by_source: Vec<(String, Summary)>,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    faces: usize,
    chosen: &'static str,
    rows: Vec<Row>,
}

/// Measures and prints; false if the default embedding separates worse than the alternative of its own size.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let samples = Collector::new()?.collect()?;
    let rows: Vec<Row> = (0..MODELS.len()).map(|model| row(&samples, model)).collect::<Result<_>>()?;
    let ok = rows[0].equal_error.rate <= rows[2].equal_error.rate;
    let report = Report { ok, faces: samples.len(), chosen: MODELS[if ok { 0 } else { 2 }], rows };
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report)?;
    }
    Ok(ok)
}

fn row(samples: &[Sample], model: usize) -> Result<Row> {
    let (mut same, mut different) = (Vec::new(), Vec::new());
    let (mut highest, mut most_alike) = (f64::NEG_INFINITY, String::new());
    let mut by_source: Vec<(String, Vec<f64>)> = Vec::new();
    for (index, a) in samples.iter().enumerate() {
        for b in &samples[index + 1..] {
            let score = f64::from(cosine(&a.vectors[model], &b.vectors[model]));
            match (a.person, b.person) {
                (Some(p), Some(q)) if p == q => {
                    same.push(score);
                    let key = format!("{} × {}", a.source, b.source);
                    match by_source.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, scores)) => scores.push(score),
                        None => by_source.push((key, vec![score])),
                    }
                }
                // Two unnamed faces are two people only if one picture shows both.
                (None, None) if a.source != b.source => {}
                _ => {
                    different.push(score);
                    if score > highest {
                        let name = |s: &Sample| {
                            s.person.map_or(s.source.clone(), |p| format!("{p} in {}", s.source))
                        };
                        (highest, most_alike) = (score, format!("{} and {}", name(a), name(b)));
                    }
                }
            }
        }
    }
    let equal_error = EqualError::of(&same, &different).context("no pairs: is the test data complete?")?;
    let same_by_source = by_source.iter().map(|(key, scores)| (key.clone(), Summary::of(scores))).collect();
    Ok(Row {
        model: MODELS[model],
        same: Summary::of(&same),
        different: Summary::of(&different),
        equal_error,
        most_alike,
        same_by_source,
    })
}

struct Collector {
    store: ModelStore,
    networks: Networks,
    alternative: AlternativeFaceEmbedder,
    projection: Rotation,
    samples: Vec<Sample>,
}

impl Collector {
    fn new() -> Result<Self> {
        let store = ModelStore::open_default()?;
        let networks = Networks::load(&store, 1)?;
        let alternative = AlternativeFaceEmbedder::load(&store, 1)?;
        let projection = Rotation::from_seed(PROJECTION_SEED, 512);
        Ok(Self { store, networks, alternative, projection, samples: Vec::new() })
    }

    fn collect(mut self) -> Result<Vec<Sample>> {
        let film = |set: &str, file: &str| Ok::<_, anyhow::Error>(self.store.data(set)?.join(file));
        let woman = film("woman", "WolfgangLanger_Pexels.mp4")?;
        let man = film("man", "single_face.mp4")?;
        let speech = film("speech-clip", "obama_speech.mp4")?;
        let photos = self.store.data("photos")?;
        let groups = self.store.data("groups")?;

        self.film(&woman, "woman's clip", 24, |_| Some("woman"), 1.0)?;
        self.film(&man, "man's clip", 6, |_| Some("man"), 1.0)?;
        // The speaker stands right of the bystander throughout.
        let who = |across: f32| Some(if across > 0.4 { "speaker" } else { "bystander" });
        self.film(&speech, "talking clip", 15, who, ENLARGED)?;
        for (file, person) in
            [("obama", "speaker"), ("obama2", "speaker"), ("obama3", "speaker"), ("biden", "bystander")]
        {
            let frame = picture(&photos.join(format!("{file}.jpg")))?;
            let face =
                self.networks.sight.faces(&frame)?.into_iter().max_by(|a, b| a.area().total_cmp(&b.area()));
            let face = face.with_context(|| format!("no face in {file}.jpg"))?;
            self.add(&frame, &face, Some(person), "photos".to_owned())?;
        }
        for number in 1..=6 {
            let frame = picture(&groups.join(format!("sample{number}.jpg")))?;
            for face in self.networks.sight.faces(&frame)? {
                self.add(&frame, &face, None, format!("group {number}"))?;
            }
        }
        if self.samples.len() < 20 {
            bail!("only {} faces found: is the test data complete?", self.samples.len());
        }
        Ok(self.samples)
    }

    fn film(
        &mut self,
        path: &Path,
        source: &str,
        every: usize,
        who: impl Fn(f32) -> Option<&'static str>,
        enlarged: f64,
    ) -> Result<()> {
        for frame in VideoReader::open(path)?.step_by(every) {
            let (_, mut frame) = frame?;
            if enlarged > 1.0 {
                frame = frame.scaled(enlarged)?;
            }
            for face in self.networks.sight.faces(&frame)? {
                let person = who(face.centre()[0] / frame.width() as f32);
                self.add(&frame, &face, person, source.to_owned())?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        frame: &Frame,
        face: &Face,
        person: Option<&'static str>,
        source: String,
    ) -> Result<()> {
        let mesh = self.networks.sight.mesh(frame, face)?;
        let own = self.networks.sight.embed_face(frame, &mesh)?;
        let alternative = self.alternative.embed(frame, &mesh)?;
        let mut projected = self.projection.apply(&alternative);
        projected.truncate(PROJECTED);
        self.samples.push(Sample { person, source, vectors: [own, alternative, projected] });
        Ok(())
    }
}

fn picture(path: &Path) -> Result<Frame> {
    let bytes = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
    Ok(Frame::decode_image(&bytes)?)
}

fn print(report: &Report) -> Result<()> {
    say!("{} faces\n", report.faces);
    say!(
        "{:<30} {:>24} {:>26} {:>20} {:>8} {:>6}",
        "model",
        "same n/min/mean",
        "different n/mean/max",
        "EER @",
        "FRR@0",
        "d'"
    );
    for row in &report.rows {
        let (same, different, error) = (&row.same, &row.different, &row.equal_error);
        say!(
            "{:<30} {:>8} {:>7.3} {:>7.3} {:>10} {:>7.3} {:>7.3} {:>9.2} % @ {:>5.3} {:>6.2} % {:>6.2}",
            row.model,
            same.count,
            same.min,
            same.mean,
            different.count,
            different.mean,
            different.max,
            100.0 * error.rate,
            error.threshold,
            100.0 * error.rejected_at_no_false_accept,
            error.separation
        );
    }
    for row in &report.rows {
        say!(
            "\n{}: most alike of different people ({:.3}): {}",
            row.model,
            row.different.max,
            row.most_alike
        );
        say!("the same person:");
        for (source, summary) in &row.same_by_source {
            say!(
                "  {source:<30} n {:>4}  min {:.3}  mean {:.3}  max {:.3}",
                summary.count,
                summary.min,
                summary.mean,
                summary.max
            );
        }
    }
    say!("\nchosen: {}", report.chosen);
    Ok(())
}
