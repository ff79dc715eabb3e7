/** Puts nodes in the order in which they can run. */
import type { PlainGraph, PlainNode } from "./_graph.js";

/**
 * The nodes of a graph, each after those whose results it takes; as in the file where that is so already. `known` says
 * which names come from around the graph.
 *
 * @throws {RangeError} one line: a value that nothing gives, or that two nodes give, or nodes in a circle.
 */
export function inOrder(graph: PlainGraph, known: (name: string) => boolean): readonly PlainNode[] {
  const ready = new Set<string>([...graph.inputs, ...graph.stored].map(({ name }) => name));
  const makers = new Map<string, number>();
  for (const [k, { outputs, op }] of graph.nodes.entries())
    for (const name of outputs) {
      if (name === "") continue;
      if (makers.has(name) || ready.has(name))
        throw new RangeError(`"${name}" of ${op} is given twice, expected every value to have one maker`);
      makers.set(name, k);
    }
  const waits = new Int32Array(graph.nodes.length);
  const users = new Map<number, number[]>();
  for (const [k, node] of graph.nodes.entries())
    for (const name of needs(node)) {
      const maker = makers.get(name);
      if (maker === undefined) {
        if (name === "" || ready.has(name) || known(name)) continue;
        throw new RangeError(`${node.op} "${label(node)}" takes "${name}", which nothing gives`);
      }
      waits[k]!++;
      const list = users.get(maker);
      if (list) list.push(k);
      else users.set(maker, [k]);
    }
  const order: PlainNode[] = [];
  const done = new Uint8Array(graph.nodes.length);
  // In file order, then what became possible by a later node: a file in order takes one pass.
  const stack: number[] = [];
  for (let start = 0; start < graph.nodes.length; start++) {
    stack.push(start);
    while (stack.length > 0) {
      const k = stack.pop()!;
      if (done[k] === 1 || waits[k]! > 0) continue;
      done[k] = 1;
      order.push(graph.nodes[k]!);
      for (const user of users.get(k) ?? []) if (--waits[user]! === 0 && user < start) stack.push(user);
    }
  }
  if (order.length < graph.nodes.length) {
    const first = graph.nodes[done.indexOf(0)]!;
    throw new RangeError(`its nodes form a circle around ${first.op} "${label(first)}"`);
  }
  return order;
}

/** What a node takes, and what the graphs inside it take from around them. */
function needs({ inputs, attributes }: PlainNode): readonly string[] {
  const graphs = [...attributes.values()].flatMap(({ g }) => (g ? [g] : []));
  return graphs.length === 0 ? inputs : [...inputs, ...graphs.flatMap(outerNames)];
}

function outerNames(graph: PlainGraph): string[] {
  const own = new Set<string>([...graph.inputs, ...graph.stored].map(({ name }) => name));
  for (const { outputs } of graph.nodes) for (const name of outputs) own.add(name);
  const taken = [...graph.nodes.flatMap((node) => needs(node)), ...graph.outputs.map(({ name }) => name)];
  return taken.filter((name) => !own.has(name));
}

/** What a node is called: its own name, or that of its first result. */
export const label = ({ name, outputs }: PlainNode): string => (name || (outputs[0] ?? "")).slice(0, 200);
