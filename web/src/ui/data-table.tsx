import {
  type ColumnDef,
  createColumnHelper,
  type Header,
  type RowData,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import { useEffect, useRef } from "react";
import styles from "./data-table.module.css";
import { sortingOf, sortWord } from "./sorting";

// The server sorts, filters and pages; the table keeps columns, cells and the wish for an order.
const features = tableFeatures({
  rowSortingFeature,
  columnMeta: {} as {
    /** Numbers stand right, in digits of equal width. */
    align?: "right";
  },
});
type Features = typeof features;

// biome-ignore lint/suspicious/noExplicitAny: columns of one table hold values of different types
export type Columns<Row extends RowData> = ColumnDef<Features, Row, any>[];

/**
 * Typed columns, made once outside of components or in a memo:
 * `const column = columnsOf<Signal>(); column.columns([column.accessor("name", {…}), …])`.
 *
 * The id of a column is the word by which the server sorts; `enableSorting: false` where it cannot.
 */
export function columnsOf<Row extends RowData>() {
  return createColumnHelper<Features, Row>();
}

type DataTableProps<Row extends RowData> = {
  /** What the rows are, for those who hear the page. */
  caption: string;
  columns: Columns<Row>;
  rows: Row[];
  rowId: (row: Row) => string;
  /** As in the address: "name", or "-name" for the greatest first. */
  sort?: string | undefined;
  /** Absent: nothing can be sorted by. */
  onSort?: (sort: string | undefined) => void;
};

/** A page of rows. Wide tables scroll inside their own frame; the header stays in sight. */
export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowId, sort, onSort } = props;
  const sorting = sortingOf(sort);
  const table = useTable<Features, Row>({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    state: { sorting },
    manualSorting: true,
    enableSorting: onSort !== undefined,
    enableMultiSort: false,
    enableSortingRemoval: false,
    onSortingChange: (change) => onSort?.(sortWord(changed(change, sorting))),
  });
  const frame = useTopOfNewPage(rows[0] && rowId(rows[0]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.frame} aria-label={caption} tabIndex={0} ref={frame}>
      <table className={styles.table}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <HeaderCell key={header.id} header={header}>
                  <table.FlexRender header={header} />
                </HeaderCell>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getAllCells().map((cell) => (
                <td key={cell.id} data-align={cell.column.columnDef.meta?.align}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Another page or order begins at its first row, wherever the one before was scrolled to. */
function useTopOfNewPage(first: string | undefined) {
  const frame = useRef<HTMLElement>(null);
  const shown = useRef(first);
  useEffect(() => {
    if (shown.current === first) return;
    shown.current = first;
    if (frame.current) frame.current.scrollTop = 0;
  }, [first]);
  return frame;
}

function changed(
  change: SortingState | ((old: SortingState) => SortingState),
  old: SortingState,
): SortingState {
  return typeof change === "function" ? change(old) : change;
}

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;
const ARROWS = { asc: ArrowUp, desc: ArrowDown } as const;

type HeaderCellProps<Row extends RowData> = {
  header: Header<Features, Row, unknown>;
  children: React.ReactNode;
};

function HeaderCell<Row extends RowData>({ header, children }: HeaderCellProps<Row>) {
  const { column } = header;
  const sorted = column.getIsSorted();
  const align = column.columnDef.meta?.align;
  if (!column.getCanSort()) {
    return (
      <th scope="col" data-align={align}>
        {children}
      </th>
    );
  }
  const Arrow = sorted ? ARROWS[sorted] : ArrowUpDown;
  return (
    <th scope="col" data-align={align} aria-sort={sorted ? ARIA_SORT[sorted] : "none"}>
      <button type="button" className={styles.sort} onClick={column.getToggleSortingHandler()}>
        {children}
        <Arrow size={13} aria-hidden data-idle={sorted ? undefined : true} />
      </button>
    </th>
  );
}
