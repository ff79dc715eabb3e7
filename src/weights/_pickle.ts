/**
 * A reader of the pickles that hold state dicts, and of nothing else. Pickle (PEP 307, PEP 3154, `pickletools` of
 * CPython) is a program for a stack machine that may call any Python function; here a handful of names stand for
 * values that we build ourselves, and every other name is refused. Nothing is ever called.
 */
import { Malformed } from "./_bytes.js";
import type { Cursor } from "./_cursor.js";
import { build, damaged, nameOf, Reference, type Value } from "./_python.js";

/** A tensor takes some 35 instructions and 20 units of memory; these allow for a hundred thousand. */
const MAX_STEPS = 8_000_000;
/** Of a hundred bytes at most. */
const MAX_UNITS = 2_000_000;
const MAP_UNITS = 4;
const TENSOR_UNITS = 8;
const MAX_STACK = 1_000_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** Bytes of the longest integer: far beyond any size. */
const MAX_INTEGER = 64;

const MARK = Symbol("mark");
type Item = Value | typeof MARK;

/** Runs one pickle from the cursor to its end. @throws {Malformed} */
export function unpickle(cursor: Cursor): Value {
  const start = cursor.position;
  const stack: Item[] = [];
  const memo = new Map<number, Value>();
  let units = 0;

  const push = (value: Item) => {
    if (stack.length >= MAX_STACK) throw new Malformed("its pickle needs too much memory");
    stack.push(value);
  };
  /** Counts what takes memory of its own. */
  const charge = (cost: number) => {
    units += cost;
    if (units > MAX_UNITS) throw new Malformed("its pickle needs too much memory");
  };
  const make = (value: Value, cost = 1) => {
    charge(cost);
    push(value);
  };
  const pop = (): Value => {
    const value = stack.length > 0 ? stack.pop() : MARK;
    if (value === MARK) throw damaged();
    return value;
  };
  const top = (): Value => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const popToMark = (): Value[] => {
    const at = stack.lastIndexOf(MARK);
    if (at < 0) throw damaged();
    return stack.splice(at).slice(1) as Value[];
  };
  const popMany = (count: number): Value[] => {
    const values: Value[] = [];
    for (let k = 0; k < count; k++) values.unshift(pop());
    return values;
  };
  const list = (): Value[] => {
    const value = top();
    if (!Array.isArray(value)) throw damaged();
    return value;
  };
  const recall = (index: number) => {
    if (!memo.has(index)) throw damaged();
    push(memo.get(index));
  };

  for (let steps = 0; ; steps++) {
    if (steps > MAX_STEPS || cursor.position - start > MAX_BYTES)
      throw new Malformed("its pickle is longer than any state dict needs");
    const code = cursor.byte();
    switch (code) {
      case 0x80: // PROTO
        if (cursor.byte() > 5) throw damaged();
        break;
      case 0x95: // FRAME
        cursor.length(8);
        break;
      case 0x2e: // STOP
        return pop();
      case 0x28: // MARK
        push(MARK);
        break;
      case 0x30: // POP
        if (stack.pop() === undefined && stack.length === 0) throw damaged();
        break;
      case 0x31: // POP_MARK
        popToMark();
        break;
      case 0x4e: // NONE
        push(undefined);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x4a: // BININT
        push(cursor.take(4).readInt32LE());
        break;
      case 0x4b: // BININT1
        push(cursor.length(1));
        break;
      case 0x4d: // BININT2
        push(cursor.length(2));
        break;
      case 0x8a: // LONG1
        push(integer(cursor, cursor.length(1)));
        break;
      case 0x8b: // LONG4
        push(integer(cursor, cursor.length(4)));
        break;
      case 0x47: // BINFLOAT
        push(cursor.take(8).readDoubleBE());
        break;
      case 0x58: // BINUNICODE
        make(cursor.text(cursor.length(4)));
        break;
      case 0x8c: // SHORT_BINUNICODE
        make(cursor.text(cursor.length(1)));
        break;
      case 0x8d: // BINUNICODE8
        make(cursor.text(cursor.length(8)));
        break;
      case 0x54: // BINSTRING, a text of Python 2
        make(cursor.text(cursor.length(4)));
        break;
      case 0x55: // SHORT_BINSTRING
        make(cursor.text(cursor.length(1)));
        break;
      case 0x7d: // EMPTY_DICT
        make(new Map(), MAP_UNITS);
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        make([]);
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        make(popMany(code - 0x84));
        break;
      case 0x74: // TUPLE
      case 0x6c: // LIST
        make(popToMark());
        break;
      case 0x64: // DICT
        make(assign(new Map(), popToMark()), MAP_UNITS);
        break;
      case 0x61: {
        // APPEND
        const value = pop();
        list().push(value);
        break;
      }
      case 0x65: {
        // APPENDS
        const values = popToMark();
        const target = list();
        for (const value of values) target.push(value);
        break;
      }
      case 0x73: {
        // SETITEM
        const pair = popMany(2);
        assign(top(), pair);
        break;
      }
      case 0x75: {
        // SETITEMS
        const pairs = popToMark();
        assign(top(), pairs);
        break;
      }
      case 0x71: // BINPUT
        memo.set(cursor.length(1), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(cursor.length(4), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x68: // BINGET
        recall(cursor.length(1));
        break;
      case 0x6a: // LONG_BINGET
        recall(cursor.length(4));
        break;
      case 0x63: // GLOBAL
        make(nameOf(cursor.line(), cursor.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = popMany(2);
        make(nameOf(module, name));
        break;
      }
      case 0x51: // BINPERSID
        make(new Reference(pop()));
        break;
      case 0x52: {
        // REDUCE
        const [callee, values] = popMany(2);
        // Paid before the work is done: a dict made of a long list takes long, however often it is made.
        charge(TENSOR_UNITS + (Array.isArray(values) && Array.isArray(values[0]) ? values[0].length : 0));
        push(build(callee, values));
        break;
      }
      case 0x62: {
        // BUILD: attributes of an ordered dict, such as the versions of its layers, are not needed.
        pop();
        if (!(top() instanceof Map)) throw damaged();
        break;
      }
      default:
        throw new Malformed(
          `its pickle holds an instruction (0x${code.toString(16).padStart(2, "0")}) that state dicts do not use`,
        );
    }
  }
}

function integer(cursor: Cursor, length: number): number | bigint {
  if (length > MAX_INTEGER) throw damaged();
  const bytes = cursor.take(length);
  let value = 0n;
  for (let k = length - 1; k >= 0; k--) value = value * 256n + BigInt(bytes[k]!);
  value = BigInt.asIntN(8 * length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function assign(target: Value, pairs: readonly Value[]): Value {
  if (!(target instanceof Map) || pairs.length % 2 !== 0) throw damaged();
  for (let k = 0; k < pairs.length; k += 2) target.set(pairs[k], pairs[k + 1]);
  return target;
}
