//! Where the plan runs.

use std::{fmt, time::Duration};

use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use ballista_core::config::{BALLISTA_ADAPTIVE_PLANNER_ENABLED, BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK};
use datafusion::{
    error::DataFusionError,
    execution::{SessionState, SessionStateBuilder},
    prelude::{SessionConfig, SessionContext},
};
use url::Url;

use crate::{error::ClusterError, functions};

/// Where the plan runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    place: Place,
    planner: Planner,
    /// Pieces that a stage is cut into.
    partitions: usize,
    /// Time for one attempt.
    pub(crate) time: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// DataFusion in this process.
    DataFusion,
    /// Ballista's scheduler and one executor in this process.
    Standalone,
    /// A scheduler elsewhere.
    Ballista(String),
}

/// How Ballista makes stages of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Planner {
    /// All stages before the first runs.
    #[default]
    Static,
    /// The same, and one task for each partition.
    OneByOne,
    /// Later stages by what earlier ones gave.
    Adaptive,
}

impl Engine {
    /// Reads `ballista://HOST:PORT`, `standalone` or `datafusion`, with `?partitions=`, `planner=` (static, one-by-one,
    /// adaptive) and `seconds=` where wanted.
    ///
    /// # Errors
    /// [`ClusterError::Address`].
    ///
    /// ```
    /// use itoguchi_cluster::Engine;
    /// assert!(Engine::parse("ballista://127.0.0.1:50050?planner=adaptive&seconds=60").is_ok());
    /// assert!(Engine::parse("ballista://").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ClusterError> {
        let wrong = |reason: &str| ClusterError::Address { text: text.to_owned(), reason: reason.to_owned() };
        let (place, settings) = text.split_once('?').unwrap_or((text, ""));
        let place = match place {
            "datafusion" => Place::DataFusion,
            "standalone" => Place::Standalone,
            _ => {
                let url = Url::parse(place).map_err(|e| wrong(&e.to_string()))?;
                if url.scheme() != "ballista" || !matches!(url.path(), "" | "/") {
                    return Err(wrong("it begins with ballista:// and has no path"));
                }
                if !url.username().is_empty() || url.password().is_some() {
                    return Err(wrong("Ballista 55 has no passwords"));
                }
                let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("no host"))?;
                Place::Ballista(format!("df://{host}:{}", url.port().unwrap_or(50050)))
            }
        };
        let mut engine =
            Self { place, planner: Planner::Static, partitions: 4, time: Duration::from_secs(3600) };
        for (key, value) in url::form_urlencoded::parse(settings.as_bytes()) {
            let number = || value.parse().ok().filter(|n| (1..=1_000_000).contains(n));
            match (&*key, &*value) {
                ("planner", "static") => engine.planner = Planner::Static,
                ("planner", "one-by-one") => engine.planner = Planner::OneByOne,
                ("planner", "adaptive") => engine.planner = Planner::Adaptive,
                ("partitions", _) => {
                    engine.partitions =
                        number().ok_or_else(|| wrong("partitions is no whole number from 1"))? as usize;
                }
                ("seconds", _) => {
                    let seconds: u64 = number().ok_or_else(|| wrong("seconds is no whole number from 1"))?;
                    engine.time = Duration::from_secs(seconds);
                }
                _ => return Err(wrong("it has a setting other than partitions, planner and seconds")),
            }
        }
        Ok(engine)
    }

    /// The scheduler, for messages to it about a job.
    pub(crate) fn scheduler(&self) -> Option<String> {
        match &self.place {
            Place::Ballista(url) => Some(url.replacen("df://", "http://", 1)),
            Place::DataFusion | Place::Standalone => None,
        }
    }

    /// A context with our functions.
    pub(crate) async fn context(&self) -> Result<SessionContext, DataFusionError> {
        let config = match self.place {
            Place::DataFusion => SessionConfig::new(),
            Place::Standalone | Place::Ballista(_) => self.settings(SessionConfig::new_with_ballista()),
        };
        let state = state(config.with_target_partitions(self.partitions));
        let context = match &self.place {
            Place::DataFusion => SessionContext::new_with_state(state),
            Place::Standalone => SessionContext::standalone_with_state(state).await?,
            Place::Ballista(url) => SessionContext::remote_with_state(url, state).await?,
        };
        // Ballista drops the functions of the state that it is given
        for function in functions::all(&functions::revision()) {
            context.register_udaf((*function).clone());
        }
        Ok(context)
    }

    fn settings(&self, config: SessionConfig) -> SessionConfig {
        let adaptive = self.planner == Planner::Adaptive;
        let one_by_one = u64::from(self.planner == Planner::OneByOne);
        config
            .set_bool(BALLISTA_ADAPTIVE_PLANNER_ENABLED, adaptive)
            .set_u64(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, one_by_one)
    }
}

/// A state that knows our functions besides DataFusion's.
fn state(config: SessionConfig) -> SessionState {
    let mut state = SessionStateBuilder::new().with_default_features().with_config(config).build();
    functions::register(&mut state, &functions::revision());
    state
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::DataFusion => write!(f, "DataFusion in {} partitions", self.partitions),
            Place::Standalone => write!(f, "Ballista in this process"),
            Place::Ballista(url) => write!(f, "Ballista at {}", url.trim_start_matches("df://")),
        }
    }
}
