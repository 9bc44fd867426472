//! Communities to rings: roles, families, amounts, explanation.
