import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { relative } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { PageLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { Stat, Stats } from "@/ui/stat";
import { type Summary, summaryQuery } from "./queries";

/** All sources in four numbers: how many, how many are due, how many fail, what the last day brought. */
export function SourcesSummary() {
  const { t } = useTranslation();
  const query = useQuery(summaryQuery());
  return (
    <Question label={t("sources.summary.label")} query={query} height={112}>
      {(summary) => <Numbers summary={summary} />}
    </Question>
  );
}

function Numbers({ summary }: { summary: Summary }) {
  const { t } = useTranslation();
  const { by_state, due, next_at, failing, day } = summary;
  const idle = (by_state.disabled ?? 0) + (by_state.retired ?? 0);
  return (
    <Stats>
      <Stat
        label={t("sources.summary.active")}
        value={count(by_state.active ?? 0)}
        note={t("sources.summary.idle", { count: idle, shown: count(idle) })}
      />
      <Stat
        label={t("sources.summary.due")}
        value={count(due)}
        note={
          due > 0
            ? t("sources.summary.collect")
            : next_at && t("sources.summary.next", { when: relative(next_at) })
        }
      />
      <Stat
        label={t("sources.summary.failing")}
        value={count(failing)}
        note={<Troubles summary={summary} />}
      />
      <Stat
        label={t("sources.summary.day")}
        value={count(day.documents)}
        note={t("sources.summary.dayNote", {
          visits: count(day.visits),
          items: count(day.items),
          duplicates: count(day.duplicates),
          drops: count(day.drops),
        })}
      />
    </Stats>
  );
}

/** Each kind of trouble leads to the sources that have it. */
function Troubles({ summary: { by_trouble } }: { summary: Summary }) {
  const { t } = useTranslation();
  const word = useWord();
  const kinds = valuesOf("trouble").filter((kind) => (by_trouble[kind] ?? 0) > 0);
  if (kinds.length === 0) return t("sources.summary.noTrouble");
  return kinds.map((kind, index) => (
    <span key={kind}>
      {index > 0 ? ", " : null}
      <PageLink underline="always" to="/sources" search={{ trouble: kind, state: "active" }}>
        {t("signals.count", { word: word("trouble", kind), shown: count(by_trouble[kind]) })}
      </PageLink>
    </span>
  ));
}
