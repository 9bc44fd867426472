//! Acts out, pairs back, and whether they add up.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arrow::{
    array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, UInt32Array},
    datatypes::{DataType, Field, Schema},
};
use ballista_core::{
    execution_plans::DistributedQueryExec,
    serde::protobuf::{CancelJobParams, scheduler_grpc_client::SchedulerGrpcClient},
};
use datafusion::{
    error::DataFusionError,
    physical_plan::{ExecutionPlan, collect},
    prelude::{ParquetReadOptions, SessionContext},
};
use datafusion_proto::protobuf::LogicalPlanNode;
use itoguchi_coaction::{Acts, PairCount};
use itoguchi_model::progress::Progress;
use parquet::arrow::ArrowWriter;
use tracing::{info, warn};

use crate::{
    context::Engine,
    error::ClusterError,
    functions::{self, Answer, Names},
    ledger::{Books, Ledger, expected},
    plan::{ACTS, Stretches},
    watch,
};

/// Acts in one file.
const FILE: usize = 1 << 20;
/// How often it is looked whether the user asked to stop.
const LOOK: Duration = Duration::from_millis(100);

/// How long to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Times that a job is run before the answer is refused.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attempts: 3 }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// By (a, b): the counts of [`itoguchi_coaction::coact`] before any floor.
    pub pairs: Vec<PairCount>,
    /// Why each attempt before the last failed, or its answer was thrown away.
    pub failed: Vec<String>,
}

/// Counts the pairs of `acts` within `window_micros` on an engine.
///
/// The acts are written below `folder`, which every executor must see under the same path, and removed afterwards.
///
/// # Errors
/// [`ClusterError`]; a violated law of conservation or a failed job only after [`Limits::attempts`].
/// # Cost
/// Every act crosses one exchange, every part of a pair another; the pairs come back here, with 24 bytes for each object.
/// # Determinism
/// As [`itoguchi_coaction::coact`], for every engine.
pub fn count_pairs(
    acts: &Acts,
    window_micros: Option<i64>,
    engine: &Engine,
    folder: &Path,
    limits: Limits,
    progress: &dyn Progress,
) -> Result<Counted, ClusterError> {
    let stretches = Stretches::of(acts, window_micros)?;
    let written = Written::new(acts, folder)?;
    let job = Job {
        engine,
        query: stretches.query(ACTS, &Names::of(&functions::revision())),
        files: &written.0,
        expected: expected(acts, &stretches),
        progress,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // plans are walked by recursion
        .thread_stack_size(16 << 20)
        .build()
        .map_err(|e| ClusterError::Engine { reason: e.to_string() })?;
    let counted = runtime.block_on(job.attempts(limits));
    // what hangs in a lost connection must not hold us up
    runtime.shutdown_background();
    counted
}

/// The acts where the executors read them; gone when dropped.
struct Written(PathBuf);

impl Written {
    fn new(acts: &Acts, folder: &Path) -> Result<Self, ClusterError> {
        let failed = |path: &Path, reason: String| ClusterError::Folder { path: path.to_owned(), reason };
        let folder = fs::canonicalize(folder).map_err(|e| failed(folder, e.to_string()))?;
        let mut number = u64::from(std::process::id()) << 16;
        let made = loop {
            let path = folder.join(format!("itoguchi-acts-{number:x}"));
            match fs::create_dir(&path) {
                Ok(()) => break Self(path),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(failed(&path, e.to_string())),
            }
        };
        write_acts(acts, &made.0)?;
        Ok(made)
    }
}

/// Writes acts into a folder of Parquet files.
///
/// # Errors
/// [`ClusterError::Folder`].
pub fn write_acts(acts: &Acts, folder: &Path) -> Result<(), ClusterError> {
    for (part, first) in (0..acts.len().max(1)).step_by(FILE).enumerate() {
        let path = folder.join(format!("{part:06}.parquet"));
        write(acts, first..(first + FILE).min(acts.len()), &path)
            .map_err(|reason| ClusterError::Folder { path, reason })?;
    }
    Ok(())
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.0) {
            warn!(path = %self.0.display(), reason = %e, "acts could not be removed");
        }
    }
}

fn write(acts: &Acts, rows: std::ops::Range<usize>, path: &Path) -> Result<(), String> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("object", DataType::UInt32, false),
        Field::new("time", DataType::Int64, false),
        Field::new("actor", DataType::UInt32, false),
        Field::new("content", DataType::UInt32, false),
    ]));
    let chosen = || rows.clone().map(|row| acts.get(row));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(chosen().map(|act| act.object))),
        Arc::new(Int64Array::from_iter_values(chosen().map(|act| act.time))),
        Arc::new(UInt32Array::from_iter_values(chosen().map(|act| act.actor))),
        Arc::new(UInt32Array::from_iter_values(chosen().map(|act| act.content))),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|e| e.to_string())?;
    let file = fs::File::create_new(path).map_err(|e| e.to_string())?;
    let mut writer = ArrowWriter::try_new(file, schema, None).map_err(|e| e.to_string())?;
    writer.write(&batch).map_err(|e| e.to_string())?;
    let file = writer.into_inner().map_err(|e| e.to_string())?;
    file.sync_all().map_err(|e| e.to_string())
}

/// One question to one engine.
struct Job<'a> {
    engine: &'a Engine,
    query: String,
    files: &'a Path,
    expected: BTreeMap<u32, Ledger>,
    progress: &'a dyn Progress,
}

impl Job<'_> {
    async fn attempts(&self, limits: Limits) -> Result<Counted, ClusterError> {
        let mut failed = Vec::new();
        loop {
            let error = match self.once().await {
                Ok(pairs) => return Ok(Counted { pairs, failed }),
                Err(error) => error,
            };
            // a node that is about to go may refuse a task too
            let again = matches!(
                error,
                ClusterError::Engine { .. }
                    | ClusterError::Lost { .. }
                    | ClusterError::Refused { .. }
                    | ClusterError::OtherBuild { .. }
            );
            if !again || failed.len() as u32 + 1 >= limits.attempts {
                return Err(error);
            }
            warn!(%error, "an attempt failed; the job is run again");
            failed.push(error.to_string());
        }
    }

    async fn once(&self) -> Result<Vec<PairCount>, ClusterError> {
        let deadline = tokio::time::Instant::now() + self.engine.time;
        let late = || ClusterError::TimedOut { seconds: self.engine.time.as_secs() };
        let planned = tokio::time::timeout_at(deadline, self.plan()).await.map_err(|_| late())?;
        let (context, plan) = planned.map_err(|e| engine_error(&e))?;
        let running = collect(Arc::clone(&plan), context.task_ctx());
        let stopped = async {
            loop {
                tokio::time::sleep(LOOK).await;
                if self.progress.cancelled() {
                    return ClusterError::Cancelled;
                }
                if tokio::time::Instant::now() >= deadline {
                    return late();
                }
            }
        };
        let batches = tokio::select! {
            batches = running => batches.map_err(|e| engine_error(&e))?,
            why = stopped => {
                self.cancel(&plan).await;
                return Err(why);
            }
            executor = self.lost() => {
                self.cancel(&plan).await;
                return Err(ClusterError::Lost { executor });
            }
        };
        let (books, pairs) = gather(&batches).map_err(|e| engine_error(&e))?;
        books.balance(&self.expected).map_err(|violation| ClusterError::Refused { violation })?;
        Ok(pairs)
    }

    /// The first executor that is lost; never, where there is no scheduler elsewhere.
    async fn lost(&self) -> String {
        match self.engine.scheduler() {
            Some(url) => watch::lost(url.trim_start_matches("http://")).await,
            None => std::future::pending().await,
        }
    }

    async fn plan(&self) -> Result<(SessionContext, Arc<dyn ExecutionPlan>), DataFusionError> {
        let context = self.engine.context().await?;
        let files = self.files.to_string_lossy();
        context.register_parquet(ACTS, format!("{files}/"), ParquetReadOptions::default()).await?;
        let plan = context.sql(&self.query).await?.create_physical_plan().await?;
        Ok((context, plan))
    }

    /// Tells the scheduler that nobody waits any more.
    async fn cancel(&self, plan: &Arc<dyn ExecutionPlan>) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let (Some(scheduler), Some(job)) = (self.engine.scheduler(), job_of(plan)) else { return };
        let told = tokio::time::timeout(PATIENCE, async {
            let mut client = SchedulerGrpcClient::connect(scheduler).await.map_err(|e| e.to_string())?;
            let job = CancelJobParams { job_id: job.clone() };
            client.cancel_job(job).await.map_err(|e| e.to_string())
        });
        match told.await {
            Ok(Ok(_)) => info!(job, "job cancelled"),
            Ok(Err(reason)) => warn!(job, reason, "the job could not be cancelled"),
            Err(_) => warn!(job, "the scheduler did not hear that the job is cancelled"),
        }
    }
}

/// The scheduler's number of the job, once it has one.
fn job_of(plan: &Arc<dyn ExecutionPlan>) -> Option<String> {
    let own = plan.downcast_ref::<DistributedQueryExec<LogicalPlanNode>>();
    match own {
        Some(query) => query.job_id().map(|job| job.to_string()),
        None => plan.children().into_iter().find_map(job_of),
    }
}

/// Sorts out the rows of an answer.
///
/// # Errors
/// For rows that our functions do not write.
pub fn gather(batches: &[RecordBatch]) -> Result<(Books, Vec<PairCount>), DataFusionError> {
    let mut books = Books::default();
    let mut pairs = Vec::new();
    for batch in batches {
        let answers = arrow::compute::cast(batch.column(0), &DataType::Binary)?;
        let answers = answers.as_any().downcast_ref::<BinaryArray>();
        for answer in answers.into_iter().flatten().flatten() {
            match Answer::from_bytes(answer)? {
                Answer::Pair { count, parts, check } => {
                    books.coincidences += count.acts;
                    books.parts += parts;
                    books.parts_check.add(check);
                    pairs.push(count);
                }
                Answer::Object { object, ledger } => {
                    if books.objects.insert(object, ledger).is_some() {
                        books.repeated_objects += 1;
                    }
                }
            }
        }
    }
    pairs.sort_unstable();
    books.repeated_pairs =
        pairs.windows(2).filter(|two| (two[0].a, two[0].b) == (two[1].a, two[1].b)).count() as u64;
    Ok((books, pairs))
}

/// What the engine says, in our words where we know better. Ballista does not pass on why a node refused its task.
fn engine_error(error: &DataFusionError) -> ClusterError {
    const REFUSED: &str = "could not be prepared or was rejected";
    const UNKNOWN: [&str; 3] = ["not found", "There is no", "Invalid function"];
    let reason = error.to_string();
    let Names { coincidences, pair_sums } = Names::of(&functions::revision());
    let unknown = UNKNOWN.into_iter().any(|text| reason.contains(text));
    if unknown && reason.contains(&pair_sums) {
        ClusterError::OtherBuild { function: pair_sums }
    } else if reason.contains(REFUSED) || (unknown && reason.contains(&coincidences)) {
        ClusterError::OtherBuild { function: coincidences }
    } else {
        ClusterError::Engine { reason }
    }
}
