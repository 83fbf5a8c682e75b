import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { Question } from "@/ui/question";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { Funnel } from "./funnel";
import { snapshotQuery } from "./queries";

/** The newest snapshot: of which day it is, and what became of all that was read. */
export function NewestSnapshot() {
  const { t } = useTranslation();
  const query = useQuery(snapshotQuery(undefined));
  return (
    <Question
      label={t("snapshot.label")}
      query={query}
      height={520} // with the list below, which waits for it
      isEmpty={(snapshot) => snapshot === null}
      empty={{
        title: t("snapshot.empty"),
        advice: t("snapshot.emptyAdvice"),
        command: "nophantom demo",
      }}
    >
      {(snapshot) =>
        snapshot ? (
          <>
            {snapshot.simulated ? <SimulatedBanner /> : null}
            <Text mb="sm">{t("snapshot.newest", { day: day(snapshot.as_of) })}</Text>
            <Funnel snapshot={snapshot} />
          </>
        ) : null
      }
    </Question>
  );
}
