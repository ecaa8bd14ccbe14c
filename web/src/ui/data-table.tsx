import {
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type Header,
  type RowData,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { MouseEvent } from "react";

import { cx } from "./cx";
import { Skeleton } from "./state";

interface ColumnLook {
  /** Numbers stand on the right. */
  align?: "right";
  /** Class that sets the width (it may depend on the table's own); the columns without one share what is left. */
  width?: string;
  /** Full words behind a short heading. */
  hint?: string;
}

// A value that stands for a type: the table reads only what type it has.
const columnMeta: ColumnLook = {};
// The table sorts nothing itself: the server does, and the address says how.
export const dataTableFeatures = tableFeatures({ rowSortingFeature, columnMeta });
type Features = typeof dataTableFeatures;
// Each column has its own value type; a list of them can only be written with `any`.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type DataColumns<Row extends RowData> = ColumnDef<Features, Row, any>[];

export interface Sorting {
  id: string;
  descending: boolean;
}

interface DataTableProps<Row extends RowData> {
  label: string;
  columns: DataColumns<Row>;
  /** Undefined while the first rows load. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  sorting: Sorting;
  onSort: (sorting: Sorting) => void;
  /** Opens a row that was clicked outside of its links. */
  onOpen: (row: Row) => void;
  /** Rows of the skeleton. */
  expected: number;
  stale: boolean;
}

/** A dense, sortable table with a heading that stays in view. Cells hold the links; a click elsewhere opens the row. */
export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, sorting, onSort, onOpen, expected, stale } = props;
  const table = useTable({
    features: dataTableFeatures,
    columns,
    data: rows ?? (NO_ROWS as readonly Row[]),
    getRowId: rowKey,
    manualSorting: true,
    enableSortingRemoval: false,
    state: { sorting: [{ id: sorting.id, desc: sorting.descending }] },
    onSortingChange: (update) => {
      const next =
        typeof update === "function" ? update([{ id: sorting.id, desc: sorting.descending }]) : update;
      const first = next[0];
      if (first) onSort({ id: first.id, descending: first.desc });
    },
  });
  const open = (event: MouseEvent, row: Row) => {
    const onControl = (event.target as Element).closest("a,button,input") !== null;
    const selecting = (window.getSelection()?.toString() ?? "") !== "";
    if (!onControl && !selecting && event.button === 0 && !event.metaKey && !event.ctrlKey) onOpen(row);
  };
  return (
    <table
      aria-label={label}
      aria-busy={rows === undefined}
      className="num w-full min-w-[60.5rem] table-fixed border-separate border-spacing-0 text-sm"
    >
      <colgroup>
        {table.getAllLeafColumns().map((column) => (
          <col key={column.id} className={column.columnDef.meta?.width} />
        ))}
      </colgroup>
      <thead>
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id}>
            {group.headers.map((header) => (
              <HeaderCell key={header.id} header={header} render={<table.FlexRender header={header} />} />
            ))}
          </tr>
        ))}
      </thead>
      <tbody className={cx("transition-opacity", stale && "opacity-60")}>
        {rows === undefined
          ? Array.from({ length: expected }, (_, at) => (
              <SkeletonRow key={at} columns={table.getAllLeafColumns().length} />
            ))
          : table.getRowModel().rows.map((row) => (
              <tr
                key={row.id}
                onClick={(event) => open(event, row.original)}
                className="group/row cursor-pointer hover:bg-hover"
              >
                {row.getAllCells().map((cell) => (
                  <td
                    key={cell.id}
                    className={cx(
                      "h-9 overflow-hidden text-ellipsis whitespace-nowrap border-b border-line px-2 first:pl-4 last:pr-4",
                      cell.column.columnDef.meta?.align === "right" && "text-right",
                    )}
                  >
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
      </tbody>
    </table>
  );
}

const NO_ROWS: readonly never[] = [];

function HeaderCell<Row extends RowData>({
  header,
  render,
}: {
  header: Header<Features, Row>;
  render: React.ReactNode;
}) {
  const { column } = header;
  const look = column.columnDef.meta;
  const sorted = column.getIsSorted();
  const right = look?.align === "right";
  const Arrow = sorted === "asc" ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      aria-sort={
        sorted === false
          ? column.getCanSort()
            ? "none"
            : undefined
          : sorted === "asc"
            ? "ascending"
            : "descending"
      }
      className={cx(
        "sticky top-0 z-10 h-8 border-b border-line-strong bg-surface px-2 text-left text-xs font-medium text-muted first:pl-4 last:pr-4",
        right && "text-right",
      )}
    >
      {column.getCanSort() ? (
        <button
          type="button"
          title={look?.hint}
          onClick={column.getToggleSortingHandler()}
          className={cx(
            "group/sort relative inline-block max-w-full rounded align-middle hover:text-fg",
            sorted !== false && "text-fg",
          )}
        >
          <span className="block truncate">{render}</span>
          {/* Beside the word and outside of the flow, so that sorting moves nothing. */}
          <Arrow
            aria-hidden
            className={cx(
              "absolute top-1 size-3",
              right ? "-left-3.5" : "-right-3.5",
              sorted === false && "opacity-0 group-hover/sort:opacity-50",
            )}
          />
        </button>
      ) : (
        <span title={look?.hint}>{render}</span>
      )}
    </th>
  );
}

function SkeletonRow({ columns }: { columns: number }) {
  return (
    <tr>
      {Array.from({ length: columns }, (_, at) => (
        <td key={at} className="h-9 border-b border-line px-2 first:pl-4 last:pr-4">
          <Skeleton className={cx("h-3", at === 0 ? "w-4/5" : "w-1/2", at > 2 && "ml-auto")} />
        </td>
      ))}
    </tr>
  );
}
