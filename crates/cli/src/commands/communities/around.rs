//! The community around known nodes.

use itoguchi_community::{ExpandOptions, PushOptions, expand};
use itoguchi_model::progress::Progress as _;
use itoguchi_report::escape;

use super::Network;
use crate::{
    args::Communities,
    commands::{
        keep_rejects,
        table::{Cell, Form, Table},
    },
    failure::Failure,
    printer::Printer,
    progress::Stages,
};

/// Ranks the nodes around those that were named, and tells which make a community with them.
pub fn run(
    args: &Communities,
    network: &Network,
    form: Form,
    stages: &Stages,
    printer: Printer,
) -> Result<(), Failure> {
    let mut seeds = Vec::new();
    for name in &args.around {
        let place = network.names.iter().position(|known| known == name);
        let node = place.ok_or_else(|| {
            Failure::input(format!(
                "{} has no node {}\nhint: write it as the table does",
                args.file.display(),
                escape::id(name)
            ))
        })?;
        seeds.push((node as u32, 1.0));
    }
    stages.begin("expand", 0);
    let options = ExpandOptions {
        // scores are for each unit of weight, and the graph counts in parts of one
        push: PushOptions::new(args.tolerance / network.unit as f64),
        max_members: args.max_members.map_or(usize::MAX, |most| most.get() as usize),
    };
    let found = expand(&network.graph, &seeds, &options)?;
    stages.end(found.sweep.len() as u64);
    let swept = &found.sweep;
    let columns = vec![
        ("node".to_owned(), Cell::Name(Box::new(|row| network.names.get(swept[row].node)))),
        ("score".to_owned(), Cell::Real(Box::new(|row| swept[row].score))),
        ("conductance".to_owned(), Cell::Real(Box::new(|row| swept[row].conductance))),
        ("member".to_owned(), Cell::Whole(Box::new(|row| u64::from(row < found.best)))),
    ];
    Table { rows: swept.len(), columns }.write(&args.out, form, stages)?;
    keep_rejects(&args.out, &network.rejects, printer)?;
    printer.note(&format!("wrote {} nodes to {}", swept.len(), args.out.display()));
    printer.result(&format!(
        "reached       {}\nmembers       {}\nconductance   {}\nleft out      at most {} of a node's score for each unit of its \
         weight\n",
        swept.len(),
        found.best,
        found.conductance().map_or_else(|| "-".to_owned(), |cut| format!("{cut:.8}")),
        found.bound * network.unit as f64
    ));
    Ok(())
}
