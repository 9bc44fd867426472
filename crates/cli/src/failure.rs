//! Ways to fail, and the exit code of each.

use std::process::ExitCode;

use itoguchi_coaction::CoactionError;
use itoguchi_community::CommunityError;
use itoguchi_engine::{ConfigError, EngineError};
use itoguchi_graph::GraphError;
use itoguchi_ingest::{IngestError, importers::ImportError};
use itoguchi_keyholder::KeyholderError;
use itoguchi_report::{
    ReportError,
    package::{decisions::DecisionError, sign::SignError},
};
use itoguchi_score::ScoreError;
use itoguchi_share::ShareError;
use itoguchi_worlds::WorldError;

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// It ran, and the check that was asked for failed: 1.
    Check(String),
    /// The request or the input cannot be used: 2.
    Input(anyhow::Error),
    /// The user asked to stop: 3.
    Interrupted,
    /// The user asked to stop, and what was done is kept: 3.
    Paused(String),
    /// Our fault: 4.
    Internal(anyhow::Error),
}

impl Failure {
    /// A failure of the caller's making, with what to do next.
    pub fn input(message: impl std::fmt::Display) -> Self {
        Self::Input(anyhow::anyhow!("{message}"))
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Check(_) => 1,
            Self::Input(_) => 2,
            Self::Interrupted | Self::Paused(_) => 3,
            Self::Internal(_) => 4,
        })
    }

    /// What to print.
    pub fn message(&self) -> String {
        match self {
            Self::Check(text) | Self::Paused(text) => text.clone(),
            Self::Input(error) => format!("{error:#}"),
            Self::Interrupted => "interrupted; nothing was written".to_owned(),
            Self::Internal(error) => {
                format!(
                    "{error:#}\nhint: this is a fault of itoguchi; please report it with the command and version"
                )
            }
        }
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Cancelled => Self::Interrupted,
            other => Self::Input(other.into()),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => Self::Interrupted,
            other => Self::Internal(other.into()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let message = error.to_string();
        if message.contains("hint: ") {
            return Self::input(message);
        }
        Self::input(format!("{message}\nhint: `itoguchi schema config` lists every key with its default"))
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::Input(error.into())
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Encode { .. } => Self::Internal(error.into()),
            _ => Self::input(format!("{error}\nhint: {}", error.hint())),
        }
    }
}

impl From<DecisionError> for Failure {
    fn from(error: DecisionError) -> Self {
        Self::Input(error.into())
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        Self::Input(error.into())
    }
}

impl From<ScoreError> for Failure {
    fn from(error: ScoreError) -> Self {
        Self::Input(error.into())
    }
}

impl From<ShareError> for Failure {
    fn from(error: ShareError) -> Self {
        match error {
            ShareError::Cancelled => Self::Paused(error.to_string()),
            other => Self::Input(other.into()),
        }
    }
}

impl From<KeyholderError> for Failure {
    fn from(error: KeyholderError) -> Self {
        match error {
            KeyholderError::Share(error) => error.into(),
            other => Self::Input(other.into()),
        }
    }
}

impl From<WorldError> for Failure {
    fn from(error: WorldError) -> Self {
        Self::Input(error.into())
    }
}

impl From<CommunityError> for Failure {
    fn from(error: CommunityError) -> Self {
        Self::Input(error.into())
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Self::Input(error.into())
    }
}

impl From<CoactionError> for Failure {
    fn from(error: CoactionError) -> Self {
        Self::Input(error.into())
    }
}

/// Adds the path to an error of the file system.
pub fn at<T>(result: std::io::Result<T>, path: &std::path::Path) -> Result<T, Failure> {
    result.map_err(|error| {
        Failure::input(format!(
            "{}: {error}\nhint: check that the place exists, has room and may be written",
            path.display()
        ))
    })
}
