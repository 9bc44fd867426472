"""Runs one peer that Python reaches on one graph, writes its labels, and prints one JSON line.

    python contenders.py igraph EDGES.bin LABELS.bin --objective cpm --resolution 0.05

The clocks run during the call of the algorithm only, as in rust/: loading the library, reading the edges, building
the graph and fetching the labels are outside, as far as the library lets them be. leidenalg copies igraph's graph
within its call, and graspologic-native returns a dictionary from it. The peak memory is the whole process's until the
call returns, and told apart for the time before it.
"""

import argparse
import importlib.metadata
import json
import os
import random
import resource
import time
from pathlib import Path

SEED = 42
BYTES_PER_UNIT = 1024  # of the peak, as Linux tells it
MODULARITY = "modularity"
CPM = "cpm"
USUAL_ROUNDS = 2


class Stopwatch:
    """CPU seconds of all threads, wall seconds and the peak memory around one call."""

    def time(self, call):
        """Runs `call` between the clocks and returns its answer."""
        self.peak_before = peak_bytes()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = call()
        self.cpu_seconds = time.process_time() - cpu
        self.wall_seconds = time.perf_counter() - wall
        self.peak = peak_bytes()
        return answer

    def record(self):
        """The figures, by the names that the race reads."""
        return {
            "cpu_seconds": round(self.cpu_seconds, 6),
            "wall_seconds": round(self.wall_seconds, 6),
            "peak_bytes_before": self.peak_before,
            "peak_bytes": self.peak,
        }


def peak_bytes():
    """The most memory this process has held until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT


def igraph_graph(edges_file):
    """The graph in igraph, the random numbers fixed."""
    import igraph

    from formats import node_count, read_edges

    igraph.set_random_number_generator(random.Random(SEED))
    edges = read_edges(edges_file)
    return igraph.Graph(n=node_count(edges), edges=edges.astype("int64"))


def run_igraph(options, watch):
    """igraph's Leiden."""
    graph = igraph_graph(options.edges)
    clustering = watch.time(
        lambda: graph.community_leiden(
            objective_function="CPM" if options.objective == CPM else "modularity",
            resolution=options.resolution,
            n_iterations=options.rounds or USUAL_ROUNDS,
        )
    )
    return clustering.membership


def run_leidenalg(options, watch):
    """The reference implementation of the paper's author."""
    import leidenalg

    graph = igraph_graph(options.edges)
    # at resolution 1 this is modularity, and leidenalg's modularity knows no other resolution
    kind = leidenalg.CPMVertexPartition if options.objective == CPM else leidenalg.RBConfigurationVertexPartition
    partition = watch.time(
        lambda: leidenalg.find_partition(
            graph,
            kind,
            resolution_parameter=options.resolution,
            n_iterations=options.rounds or USUAL_ROUNDS,
            seed=SEED,
        )
    )
    return partition.membership


def run_networkit(options, watch, algorithm):
    """One of NetworKit's algorithms, built from the graph and the resolution by `algorithm`."""
    import networkit as nk

    from formats import node_count, read_edges

    nk.setNumberOfThreads(options.threads)
    nk.setSeed(SEED, False)
    edges = read_edges(options.edges)
    graph = nk.graph.GraphFromCoo((edges[:, 0].astype("uint64"), edges[:, 1].astype("uint64")), node_count(edges))
    del edges
    found = algorithm(nk.community, graph)
    watch.time(found.run)
    return found.getPartition().getVector()


def run_parallel_leiden(options, watch):
    """NetworKit's Leiden, with as many rounds as it makes by itself unless told otherwise."""
    rounds = {} if options.rounds is None else {"iterations": options.rounds}
    return run_networkit(
        options, watch, lambda community, graph: community.ParallelLeiden(graph, gamma=options.resolution, **rounds)
    )


def run_plm(options, watch):
    """NetworKit's Louvain: no refinement, hence no promise of connected communities."""
    return run_networkit(
        options, watch, lambda community, graph: community.PLM(graph, refine=False, gamma=options.resolution)
    )


def run_graspologic(options, watch):
    """The Rust core of graspologic, on the rows of a sparse matrix."""
    import graspologic_native
    import numpy as np
    from scipy.sparse import coo_array

    from formats import node_count, read_edges

    edges = read_edges(options.edges)
    nodes = node_count(edges)
    ends = np.concatenate([edges, edges[:, ::-1]])
    matrix = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes)).tocsr()
    del edges, ends
    starts, others = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    _, communities = watch.time(
        lambda: graspologic_native.leiden_csr(
            starts,
            others,
            matrix.data,
            nodes,
            resolution=options.resolution,
            iterations=options.rounds or 1,
            use_modularity=options.objective == MODULARITY,
            seed=SEED,
            trials=1,
        )
    )
    # a node without edges may be missing from the dictionary: it is a community of its own
    spare = max(communities.values(), default=-1) + 1
    return [communities.get(node, spare + node) for node in range(nodes)]


# name: what runs it, the package, and the objectives it knows
CONTENDERS = {
    "igraph": (run_igraph, "igraph", (MODULARITY, CPM)),
    "leidenalg": (run_leidenalg, "leidenalg", (MODULARITY, CPM)),
    "networkit-leiden": (run_parallel_leiden, "networkit", (MODULARITY,)),
    "networkit-plm": (run_plm, "networkit", (MODULARITY,)),
    "graspologic": (run_graspologic, "graspologic-native", (MODULARITY, CPM)),
}


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("edges", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--objective", choices=(MODULARITY, CPM), default=MODULARITY)
    parser.add_argument("--resolution", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1, help="for those that can use several (default %(default)s)")
    parser.add_argument("--rounds", type=int, help="passes over the whole, for those that can be told")
    return parser


def main():
    arguments = arguments_parser().parse_args()
    run, package, objectives = CONTENDERS[arguments.name]
    if arguments.objective not in objectives:
        raise SystemExit(f"{arguments.name} has no {arguments.objective}")
    # read by the libraries when they are loaded, which happens in the runs
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    # OpenMP's threads otherwise wait in a loop, and a core that others use turns their waiting into CPU seconds
    os.environ["OMP_WAIT_POLICY"] = "passive"
    watch = Stopwatch()
    labels = run(arguments, watch)

    from formats import write_labels

    write_labels(arguments.labels, labels)
    print(json.dumps({"version": importlib.metadata.version(package), **watch.record()}))


if __name__ == "__main__":
    main()
