//! Reads pages that are pictures, with the models of PP-OCR run in Rust.
//!
//! [`PpOcr`] is a [`wenbao_report::Ocr`]: pictures are decoded and painted on one grey page ([`decode`], [`canvas`]), lines of text are
//! found on it ([`detect`]), and each is recognised ([`recognise`]). It opens its two files at once and reads them when the first
//! page comes, so that a process that has given up its files by then can still read.
#![forbid(unsafe_code)]

mod canvas;
mod decode;
mod detect;
mod recognise;
mod words;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rten::{Model, RunOptions, ThreadPool};
use wenbao_report::{Ocr, Scan, Seen};

use canvas::Canvas;

/// The model's folder below the models folder, and its name for `wenbao model pull`.
pub const NAME: &str = "ocr";
/// The model that finds lines.
const DETECT: &str = "detect.onnx";
/// The model that reads one, with its characters.
const RECOGNISE: &str = "recognise.onnx";
/// No model file is larger.
const MAX_MODEL: u64 = 256 << 20;
/// Threads that compute, at most: more gain little, and take memory each.
const MAX_THREADS: usize = 4;

/// PP-OCR with the models of one folder.
pub struct PpOcr {
    /// Its two files until they are read, or why there are none.
    files: Mutex<Option<Result<(File, File), String>>>,
    models: OnceLock<Result<Models, String>>,
}

struct Models {
    detect: Model,
    recognise: Model,
    characters: Vec<String>,
    options: RunOptions,
}

impl PpOcr {
    /// The models of `folder`. That a file of it cannot be opened is said of every page: what has a text of its own is read
    /// all the same.
    pub fn open(folder: &Path) -> Self {
        let file = |name: &str| {
            let path = folder.join(name);
            File::open(&path)
                .map_err(|e| format!("{} cannot be opened ({e}): `wenbao model pull {NAME}` mends it", path.display()))
        };
        let files = file(DETECT).and_then(|detect| Ok((detect, file(RECOGNISE)?)));
        Self { files: Mutex::new(Some(files)), models: OnceLock::new() }
    }

    fn models(&self) -> Result<&Models, String> {
        let load = || {
            let files = self.files.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (detect, recognise) = files.ok_or("its models were not read")??;
            Models::load(&bytes(detect)?, &bytes(recognise)?)
        };
        self.models.get_or_init(load).as_ref().map_err(Clone::clone)
    }

    fn read(&self, canvas: &Canvas) -> Result<Vec<Seen>, String> {
        let models = self.models()?;
        let (lines, angle) = detect::lines(canvas, |input| models.run(&models.detect, input))?;
        let mut out = Vec::new();
        for line in lines {
            let picture = canvas.cut(&line, angle, recognise::HEIGHT, recognise::MAX_WIDTH);
            let shape = [1, 3, recognise::HEIGHT, picture.len() / recognise::HEIGHT];
            let input = recognise::input(&picture);
            let output = models.run(&models.recognise, (shape, input))?;
            let word = words::decode(&output, &models.characters)?;
            let height = line.bottom - line.top;
            // Around its characters a line has some room.
            out.push(Seen {
                x: line.left / canvas.scale,
                y: (canvas.height as f32 - line.bottom + 0.15 * height) / canvas.scale,
                end: line.right / canvas.scale,
                size: 0.75 * height / canvas.scale,
                text: word.text,
                sure: word.sure,
            });
        }
        Ok(out)
    }
}

impl Ocr for PpOcr {
    fn page(&self, scan: &Scan<'_>) -> Result<Vec<Seen>, String> {
        self.read(&canvas::of_scan(scan)?)
    }

    fn picture_file(&self, bytes: &[u8], page: usize) -> Result<Option<Vec<Seen>>, String> {
        let Some(picture) = decode::file(bytes, page)? else { return Ok(None) };
        self.read(&canvas::of_picture(&picture)).map(Some)
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS)
}

fn bytes(file: File) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(MAX_MODEL).read_to_end(&mut bytes).map_err(|e| format!("its models cannot be read: {e}"))?;
    Ok(bytes)
}

impl Models {
    fn load(detect: &[u8], recognise: &[u8]) -> Result<Self, String> {
        let damaged = |what: &str, e: &dyn std::fmt::Display| {
            format!("the model {what} cannot be used ({e}): `wenbao model pull {NAME}` mends it")
        };
        let characters = words::characters(recognise).ok_or_else(|| damaged(RECOGNISE, &"it names no characters"))?;
        let pool = Arc::new(ThreadPool::with_num_threads(threads()));
        Ok(Self {
            detect: Model::load(detect.to_vec()).map_err(|e| damaged(DETECT, &e))?,
            recognise: Model::load(recognise.to_vec()).map_err(|e| damaged(RECOGNISE, &e))?,
            characters,
            options: RunOptions::default().with_thread_pool(Some(pool)),
        })
    }

    /// Puts numbers of a shape through a model: its output, and its shape.
    fn run(&self, model: &Model, (shape, input): ([usize; 4], Vec<f32>)) -> Result<(Vec<usize>, Vec<f32>), String> {
        use rten_tensor::prelude::*;
        let failed = |e: &dyn std::fmt::Display| format!("its model cannot be run ({e})");
        let input = rten_tensor::NdTensor::from_data(shape, input);
        let output = model.run_one(input.view().into(), Some(self.options.clone())).map_err(|e| failed(&e))?;
        let output: rten_tensor::Tensor<f32> = output.try_into().map_err(|_| failed(&"it gives no numbers"))?;
        Ok((output.shape().to_vec(), output.to_vec()))
    }
}
