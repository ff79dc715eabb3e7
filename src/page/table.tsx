/** A table of any length: only the rows in view are there. Sorted by its headers; by keys as a grid (WAI-ARIA). */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "./table.css";

/** One column of rows that are numbered. */
export interface Column {
  readonly title: string;
  /** What the title means, where it needs saying. */
  readonly means?: string;
  readonly isNumber?: boolean;
  /** CSS width; one column may have none and take the rest. */
  readonly width?: string;
  readonly cell: (row: number) => ComponentChildren;
  /** What it is sorted by; a column without cannot be sorted by. */
  readonly by?: (row: number) => number | string;
}

/** By which column, and which way. */
export interface Sorting {
  readonly column: number;
  readonly isDown: boolean;
}

export interface TableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  /** Rows as the columns know them, in the order in which they are shown. */
  readonly rows: readonly number[] | Int32Array;
  readonly sorting?: Signal<Sorting>;
  readonly isPicked?: (row: number) => boolean;
  /** A row was clicked, or Enter was pressed on it; `more` with Shift, Ctrl or by the space bar. */
  readonly onOpen: (row: number, more: boolean) => void;
  readonly onHover?: (row: number | undefined) => void;
  /** Said where there are no rows. */
  readonly none: string;
}

const HEIGHT = matchMedia("(pointer: coarse)").matches ? 40 : 28;
/** Rows above and below those in view. */
const MORE = 6;

/** The rows in the order that a sorting asks for; equal ones stay as they were. */
export function sorted(rows: readonly number[], columns: readonly Column[], sorting: Sorting): number[] {
  const by = columns[sorting.column]?.by;
  if (!by) return [...rows];
  const keys = new Map(rows.map((row) => [row, by(row)]));
  const way = sorting.isDown ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [keys.get(a)!, keys.get(b)!];
    return (x < y ? -1 : x > y ? 1 : 0) * way || a - b;
  });
}

export function Table({ label, columns, rows, sorting, isPicked, onOpen, onHover, none }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 400 });
  const active = useSignal(0);
  const measure = () => {
    const { scrollTop: top, clientHeight: height } = scroller.current!;
    const now = view.peek();
    if (top !== now.top || height !== now.height) view.value = { top, height };
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, []);
  const at = Math.min(active.value, Math.max(rows.length - 1, 0));
  const first = Math.max(0, Math.floor(view.value.top / HEIGHT) - MORE);
  const last = Math.min(rows.length, Math.ceil((view.value.top + view.value.height) / HEIGHT) + MORE);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor(view.value.height / HEIGHT) - 2);
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const ends: Record<string, number> = { Home: 0, End: rows.length - 1 };
    const to = moves[event.key] !== undefined ? at + moves[event.key]! : ends[event.key];
    if (to !== undefined) {
      active.value = Math.min(Math.max(to, 0), rows.length - 1);
      reveal(scroller.current!, active.value);
    } else if ((event.key === "Enter" || event.key === " ") && rows.length > 0)
      onOpen(rows[at]!, event.key === " " || event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const visible = Array.from({ length: Math.max(last - first, 0) }, (_, i) => first + i);
  const isActiveThere = at >= first && at < last && rows.length > 0;
  return (
    <div ref={scroller} class="table fills" style={{ "--row": `${HEIGHT}px` }} onScroll={measure}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table with keys is a grid (WAI-ARIA).
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-multiselectable={isPicked ? true : undefined}
        aria-activedescendant={isActiveThere ? `${idOf(label)}-row-${at}` : undefined}
        onKeyDown={onKeyDown}
        onPointerLeave={() => onHover?.(undefined)}
      >
        <colgroup>
          {columns.map(({ title, width }) => (
            <col key={title} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column, index) => (
              <Header key={column.title} column={column} index={index} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={first} />
          {visible.map((index) => {
            const row = rows[index]!;
            return (
              <tr
                key={row}
                id={`${idOf(label)}-row-${index}`}
                class={index === at ? "active" : undefined}
                aria-rowindex={index + 2}
                aria-selected={isPicked?.(row)}
                onClick={(event) => {
                  active.value = index;
                  onOpen(row, event.shiftKey || event.ctrlKey || event.metaKey);
                }}
                onPointerEnter={() => onHover?.(row)}
              >
                {columns.map(({ title, cell, isNumber }) => {
                  const content = cell(row);
                  return (
                    <td
                      key={title}
                      class={isNumber ? "number" : undefined}
                      // Where the column is too narrow for it.
                      title={typeof content === "string" && !isNumber ? content : undefined}
                    >
                      {content}
                    </td>
                  );
                })}
              </tr>
            );
          })}
          <Space rows={rows.length - last} />
        </tbody>
      </table>
      {rows.length === 0 && <p class="none">{none}</p>}
    </div>
  );
}

/** Rows that are not there. */
function Space({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus.
    <tr class="space" aria-hidden="true" style={{ height: `${rows * HEIGHT}px` }}>
      <td />
    </tr>
  );
}

const idOf = (label: string): string => label.replaceAll(/\W+/g, "-").toLowerCase();

function Header({
  column: { title, means, by, isNumber },
  index,
  sorting,
}: {
  readonly column: Column;
  readonly index: number;
  readonly sorting: Signal<Sorting> | undefined;
}) {
  const now = sorting?.value;
  const isChosen = now?.column === index;
  return (
    <th
      scope="col"
      class={isNumber ? "number" : undefined}
      aria-sort={isChosen ? (now.isDown ? "descending" : "ascending") : undefined}
    >
      {by && sorting ? (
        <button
          type="button"
          title={means}
          onClick={() => {
            sorting.value = { column: index, isDown: isChosen ? !now.isDown : isNumber === true };
          }}
        >
          {title}
          <span aria-hidden="true">{isChosen ? (now.isDown ? " ▾" : " ▴") : ""}</span>
        </button>
      ) : (
        <span title={means}>{title}</span>
      )}
    </th>
  );
}

function reveal(scroller: HTMLElement, row: number): void {
  // The head is above the rows and stays.
  const view = scroller.clientHeight - HEIGHT;
  if (row * HEIGHT < scroller.scrollTop) scroller.scrollTop = row * HEIGHT;
  else if ((row + 1) * HEIGHT > scroller.scrollTop + view) scroller.scrollTop = (row + 1) * HEIGHT - view;
}
