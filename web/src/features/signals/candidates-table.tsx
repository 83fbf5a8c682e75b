import { type Columns, DataTable } from "@/ui/data-table";
import { usePatchSearch } from "@/ui/search-params";
import type { Candidate } from "./queries";

type CandidatesTableProps<Row extends Candidate> = {
  caption: string;
  columns: Columns<Row>;
  rows: Row[];
  /** As the address says it; undefined is the order in which the list begins. */
  sort: string | undefined;
  order: string;
};

/** A page of candidates, sorted by the server as the address says; the first order is not written there. */
export function CandidatesTable<Row extends Candidate>(props: CandidatesTableProps<Row>) {
  const { order, sort = order, ...table } = props;
  const patch = usePatchSearch();
  return (
    <DataTable
      {...table}
      rowId={(row) => row.slug}
      sort={sort}
      onSort={(next) => void patch({ sort: next === order ? undefined : next })}
    />
  );
}
