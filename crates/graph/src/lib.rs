//! Links to an account graph: CSR, components, bridges, articulation points.
