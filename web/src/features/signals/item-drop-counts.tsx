import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import styles from "./item-drops-list.module.css";
import {
  type ItemDropCounts as Counts,
  type ItemDropsSearch,
  itemDropCountsQuery,
} from "./queries";

const MOST_SOURCES = 5;

/** How many items were dropped, by reason and by source: each row narrows the list to itself. */
export function ItemDropCounts({ search }: { search: ItemDropsSearch }) {
  const { t } = useTranslation();
  const query = useQuery(itemDropCountsQuery(search));
  return (
    <Question label={t("drops.item.counts")} query={query} height={90}>
      {(counts) => (counts.total > 0 ? <Sums counts={counts} /> : null)}
    </Question>
  );
}

function Sums({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  const word = useWord();
  const patch = usePatchSearch();
  const reasons = valuesOf("item_drop")
    .map((reason) => ({ reason, n: counts.by_reason[reason] ?? 0 }))
    .filter(({ n }) => n > 0)
    .sort((one, other) => other.n - one.n);
  return (
    <div className={styles.sums}>
      <Bars title={t("drops.item.byReason")}>
        {reasons.map(({ reason, n }) => (
          <Bar
            key={reason}
            name={word("item_drop", reason)}
            n={n}
            total={counts.total}
            choose={() => void patch({ itemReason: reason })}
          />
        ))}
      </Bars>
      <Bars
        title={t("drops.item.bySource", { count: counts.sources, shown: count(counts.sources) })}
      >
        {counts.by_source.slice(0, MOST_SOURCES).map(({ source_id, source, source_title, n }) => (
          <Bar
            key={source_id}
            name={source_title ?? source}
            n={n}
            total={counts.total}
            choose={() => void patch({ source: source_id })}
          />
        ))}
      </Bars>
    </div>
  );
}

function Bars({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title} className={styles.bars}>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

type BarProps = { name: string; n: number; total: number; choose: () => void };

function Bar({ name, n, total, choose }: BarProps) {
  const { t } = useTranslation();
  return (
    <li>
      <button
        type="button"
        onClick={choose}
        aria-label={t("drops.item.only", { name, n: count(n) })}
      >
        <span className={styles.barName}>{name}</span>
        <span className={styles.barNumber}>{count(n)}</span>
        <svg width="100%" height="6" aria-hidden>
          <rect width={`${(100 * n) / total}%`} height="6" />
        </svg>
      </button>
    </li>
  );
}
