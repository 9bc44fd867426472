//! `communities`: communities of any graph.

mod around;
mod certificate;
mod start;

use itoguchi_community::{
    Bootstrap, LeidenOptions, Objective, Partition, Resolution, bootstrap, key_of, leiden, leiden_levels,
    quality::{self, Certificate},
};
use itoguchi_graph::{Csr, Edge};
use itoguchi_ingest::{EdgeColumns, Edges, Names, RowReject, WeightColumn, read_edges};
use itoguchi_model::progress::Progress as _;

use super::{
    check_rejects, keep_rejects, stop_if_asked,
    table::{Cell, Column, Form, Table, check_place},
};
use crate::{
    args::{Communities, Quality},
    failure::Failure,
    memory,
    printer::Printer,
    progress::{self, Stages},
};

pub fn run(args: &Communities, printer: Printer) -> Result<(), Failure> {
    let request = Request::of(args)?;
    let stages = Stages::new(printer);
    let network = Network::read(args, &stages, printer)?;
    if args.around.is_empty() {
        part(args, &request, &network, &stages, printer)?;
    } else {
        around::run(args, &network, request.form, &stages, printer)?;
    }
    printer.note(&progress::table(&stages.done(), memory::peak()));
    Ok(())
}

/// Flags that make sense together.
struct Request {
    form: Form,
    certificate: Option<Form>,
    resolution: Resolution,
}

impl Request {
    fn of(args: &Communities) -> Result<Self, Failure> {
        if args.ends.len() != 2 {
            return Err(Failure::input("--ends names two columns\nhint: write them as --ends u,v"));
        }
        let form = Form::of(&args.out)?;
        check_place(&args.out, &args.file)?;
        let certificate = args.certificate.as_deref().map(Form::of).transpose()?;
        if let Some(path) = &args.certificate {
            check_place(path, &args.file)?;
            if path == &args.out {
                return Err(Failure::input(format!(
                    "{} is asked for twice\nhint: give --certificate a name of its own",
                    path.display()
                )));
            }
        }
        let resolution = match (&args.resolution, args.objective) {
            (Some(text), _) => text.parse()?,
            (None, Quality::Modularity) => Resolution::ONE,
            (None, Quality::Cpm) if args.around.is_empty() => {
                return Err(Failure::input(
                    "cpm needs a resolution\nhint: give --resolution the weight that a pair of members must have on \
                     average, as 0.05; or use --objective modularity",
                ));
            }
            (None, Quality::Cpm) => Resolution::ONE,
        };
        Ok(Self { form, certificate, resolution })
    }
}

/// A graph and the names of its nodes.
struct Network {
    names: Names,
    graph: Csr,
    /// By name, so that the draws of a node do not depend on how many others there are.
    keys: Vec<u64>,
    /// Weights are counted in this part of one.
    unit: u64,
    /// Rows that could not be read.
    rejects: Vec<RowReject>,
}

impl Network {
    fn read(args: &Communities, stages: &Stages, printer: Printer) -> Result<Self, Failure> {
        stages.begin("read", 0);
        let columns = EdgeColumns {
            u: args.ends[0].clone(),
            v: args.ends[1].clone(),
            weight: args.weight.clone().map_or_else(WeightColumn::default, WeightColumn::Named),
        };
        let Edges { nodes: names, edges, scale, read, rounded, rejects } = read_edges(&args.file, &columns)?;
        stages.end(read);
        printer.note(&format!(
            "{}: read {read} = used {} + rejected {}",
            args.file.display(),
            edges.len(),
            rejects.len()
        ));
        if rounded > 0 {
            printer.note(&format!("{rounded} weights had more than nine decimals and were rounded to nine"));
        }
        check_rejects(&args.file, read, &rejects, "check the names of the columns (--ends, --weight)")?;
        stop_if_asked(stages)?;
        stages.begin("graph", edges.len() as u64);
        let nodes = u32::try_from(names.len()).map_err(|_| {
            Failure::input("more than 4,294,967,294 nodes\nhint: part the graph by its components first")
        })?;
        let edges: Vec<Edge> = edges.into_iter().map(|row| Edge::new(row.u, row.v, row.weight)).collect();
        let graph = Csr::from_edges(nodes, &edges)?;
        stages.end(edges.len() as u64);
        stop_if_asked(stages)?;
        let keys = names.iter().map(key_of).collect();
        Ok(Self { names, graph, keys, unit: 10_u64.pow(scale), rejects })
    }

    fn name_column(&self, title: &str) -> Column<'_> {
        (title.to_owned(), Cell::Name(Box::new(|node| self.names.get(node as u32))))
    }
}

/// Parts the graph and writes what was asked for.
fn part(
    args: &Communities,
    request: &Request,
    network: &Network,
    stages: &Stages,
    printer: Printer,
) -> Result<(), Failure> {
    let options = options(args, request, network)?;
    stages.begin("communities", network.graph.edge_count() as u64);
    let (partition, levels) = search(args, network, &options, printer)?;
    let connected = quality::certify(&network.graph, &partition)?;
    if !connected.holds() {
        return Err(Failure::Internal(anyhow::anyhow!(
            "{} communities are not connected",
            connected.disconnected
        )));
    }
    stages.end(partition.count().into());
    stop_if_asked(stages)?;
    let drawn = args.bootstrap.map(|replicates| {
        stages.begin("bootstrap", replicates.get().into());
        let drawn = bootstrap(&network.graph, &partition, &options, replicates.get())?;
        stages.end(replicates.get().into());
        Ok::<_, Failure>(drawn)
    });
    let drawn = drawn.transpose()?;
    stop_if_asked(stages)?;
    let certificate = match (&args.certificate, request.certificate) {
        (Some(path), Some(form)) => {
            stages.begin("certificate", partition.count().into());
            let table = certificate::table(network, &partition, &options, drawn.as_ref())?;
            stages.end(partition.count().into());
            Some((path, form, table))
        }
        _ => None,
    };
    stop_if_asked(stages)?;
    stages.begin("write", network.graph.nodes().into());
    nodes_table(network, &partition, &levels, drawn.as_ref()).write(&args.out, request.form, stages)?;
    printer.note(&format!("wrote {} nodes to {}", network.graph.nodes(), args.out.display()));
    if let Some((path, form, table)) = certificate {
        table.write(path, form, stages)?;
        printer.note(&format!("wrote what is known of {} communities to {}", table.rows, path.display()));
    }
    keep_rejects(&args.out, &network.rejects, printer)?;
    stages.end(network.graph.nodes().into());
    printer.result(&summary(args, request, network, &partition, connected)?);
    Ok(())
}

/// Options in the units of the graph's weights.
fn options<'a>(
    args: &Communities,
    request: &Request,
    network: &'a Network,
) -> Result<LeidenOptions<'a>, Failure> {
    let objective = match args.objective {
        Quality::Modularity => Objective::modularity(request.resolution),
        Quality::Cpm => Objective::cpm(scaled(request.resolution, network.unit)?),
    };
    Ok(LeidenOptions {
        seed: args.seed,
        tries: args.tries.get(),
        max_rounds: args.rounds.get(),
        max_members: args.max_members.map(Into::into),
        keys: Some(&network.keys),
        ..LeidenOptions::new(objective)
    })
}

fn scaled(resolution: Resolution, unit: u64) -> Result<Resolution, Failure> {
    resolution.times(Resolution::whole(unit)).ok_or_else(|| {
        Failure::input(
            "the resolution has too many digits for weights with these decimals\nhint: give it fewer",
        )
    })
}

/// The communities, and the levels below them if they were asked for.
fn search(
    args: &Communities,
    network: &Network,
    options: &LeidenOptions,
    printer: Printer,
) -> Result<(Partition, Vec<Partition>), Failure> {
    let graph = &network.graph;
    if let Some(path) = &args.from {
        let start = start::read(path, network, printer)?;
        return Ok((leiden(graph, &LeidenOptions { start: Some(&start), ..*options })?, Vec::new()));
    }
    if !args.levels {
        return Ok((leiden(graph, options)?, Vec::new()));
    }
    let mut levels = leiden_levels(graph, options)?;
    let partition = levels.pop().expect("the last level is the answer");
    Ok((partition, levels))
}

/// A row for each node.
fn nodes_table<'a>(
    network: &'a Network,
    partition: &'a Partition,
    levels: &'a [Partition],
    drawn: Option<&'a Bootstrap>,
) -> Table<'a> {
    let label = |partition: &'a Partition| Cell::Whole(Box::new(move |node| partition.labels()[node].into()));
    let mut columns = vec![network.name_column("node"), ("community".to_owned(), label(partition))];
    for (number, level) in (1..).zip(levels) {
        columns.push((format!("level_{number}"), label(level)));
    }
    if let Some(drawn) = drawn {
        columns.push(("confidence".to_owned(), Cell::Real(Box::new(|node| drawn.of(node as u32)))));
    }
    Table { rows: network.graph.nodes() as usize, columns }
}

fn summary(
    args: &Communities,
    request: &Request,
    network: &Network,
    partition: &Partition,
    connected: Certificate,
) -> Result<String, Failure> {
    let graph = &network.graph;
    let gamma = request.resolution;
    let asked = args.resolution.as_deref().map_or("1", str::trim);
    let quality = match args.objective {
        Quality::Modularity => quality::modularity(graph, partition, gamma)?,
        Quality::Cpm => quality::cpm(graph, partition, scaled(gamma, network.unit)?)? / network.unit as f64,
    };
    let named = match args.objective {
        Quality::Modularity => "modularity",
        Quality::Cpm => "cpm",
    };
    let sizes: Vec<usize> = partition.members().iter().map(Vec::len).collect();
    let alone = sizes.iter().filter(|size| **size == 1).count();
    let disconnected = connected.disconnected;
    Ok(format!(
        "nodes         {}\nedges         {}\ncommunities   {}\nof one node   {alone}\nlargest       {}\nquality       \
         {quality:.8} ({named} at {asked})\ndisconnected  {disconnected}\n",
        graph.nodes(),
        graph.edge_count(),
        partition.count(),
        sizes.iter().max().unwrap_or(&0),
    ))
}
