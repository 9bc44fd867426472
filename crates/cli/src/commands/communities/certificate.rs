//! What is known of each community.

use itoguchi_community::{
    Bootstrap, CommunityCertificate, LeidenOptions, Partition, Resolution, Stability, certificates,
    over_resolutions, over_seeds, stability,
};

use super::Network;
use crate::{
    commands::table::{Cell, Column, Table},
    failure::Failure,
};

/// Other seeds with which the graph is parted.
const SEEDS: u32 = 8;
/// Times the resolution, as numerator and denominator.
const RESOLUTIONS: [(u64, u64); 4] = [(1, 2), (3, 4), (4, 3), (2, 1)];

/// A row for each community.
pub fn table<'a>(
    network: &'a Network,
    partition: &'a Partition,
    options: &LeidenOptions,
    drawn: Option<&'a Bootstrap>,
) -> Result<Table<'a>, Failure> {
    let graph = &network.graph;
    let ratios = RESOLUTIONS.map(|(num, den)| Resolution::ratio(num, den).expect("no denominator is nought"));
    let seeds = stability(graph, partition, &over_seeds(options, SEEDS))?;
    let resolutions = stability(graph, partition, &over_resolutions(options, &ratios)?)?;
    let known: Vec<Known> = certificates(graph, partition)?
        .into_iter()
        .zip(seeds)
        .zip(resolutions)
        .map(|((certificate, seeds), resolutions)| Known { certificate, seeds, resolutions })
        .collect();
    let known: std::sync::Arc<[Known]> = known.into();
    let whole = |title: &str, of: fn(&Known) -> u64| -> Column<'a> {
        let known = known.clone();
        (title.to_owned(), Cell::Whole(Box::new(move |row| of(&known[row]))))
    };
    let real = |title: &str, of: fn(&Known) -> f64| -> Column<'a> {
        let known = known.clone();
        (title.to_owned(), Cell::Real(Box::new(move |row| of(&known[row]))))
    };
    let weight = |title: &str, of: fn(&Known) -> u64| -> Column<'a> {
        let (known, unit) = (known.clone(), network.unit as f64);
        (title.to_owned(), Cell::Real(Box::new(move |row| of(&known[row]) as f64 / unit)))
    };
    let unit = network.unit as f64;
    let density = known.clone();
    let weakest = known.clone();
    let mut columns = vec![
        ("community".to_owned(), Cell::Whole(Box::new(|row| row as u64))),
        whole("members", |k| k.certificate.members.into()),
        whole("edges", |k| k.certificate.edges_inside),
        weight("inside", |k| k.certificate.inside),
        weight("cut", |k| k.certificate.cut),
        ("density".to_owned(), Cell::Real(Box::new(move |row| density[row].certificate.density / unit))),
        real("conductance", |k| k.certificate.conductance),
        whole("pieces", |k| k.certificate.pieces.into()),
        whole("bridges", |k| k.certificate.bridges.len() as u64),
        whole("articulation_points", |k| k.certificate.articulation_points.len() as u64),
        (
            "weakest".to_owned(),
            Cell::Name(Box::new(move |row| match weakest[row].certificate.least_connected {
                Some((node, _)) => network.names.get(node),
                None => "",
            })),
        ),
        weight("weakest_weight", |k| k.certificate.least_connected.map_or(0, |(_, weight)| weight)),
        whole("seeds", |k| k.seeds.runs.into()),
        whole("seeds_exact", |k| k.seeds.exact.into()),
        real("seeds_mean", |k| k.seeds.mean),
        real("seeds_least", |k| k.seeds.least),
        real("resolutions_mean", |k| k.resolutions.mean),
        real("resolutions_least", |k| k.resolutions.least),
    ];
    if let Some(drawn) = drawn {
        columns.push(("bootstrap_mean".to_owned(), Cell::Real(Box::new(|row| drawn.jaccard[row]))));
    }
    Ok(Table { rows: partition.count() as usize, columns })
}

/// All of one community.
struct Known {
    certificate: CommunityCertificate,
    seeds: Stability,
    resolutions: Stability,
}
