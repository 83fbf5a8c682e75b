import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count, decimal, percent } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { VerdictBadge } from "@/ui/verdict-badge";
import { type Ground, type Probes, probesQuery, routingQuery } from "./queries";
import { type LayerRow, layerRows } from "./routing";
import { StudyAnswer } from "./study-answer";

type Probe = Probes["probes"][number];

/** Whether what was measured before training predicts the score after it. */
export function StudyProbes({ ground }: { ground: Ground }) {
  const { t } = useTranslation();
  const query = useQuery({ ...probesQuery(ground), enabled: ground.isReady });
  return (
    <Section title={t("study.probes.title")} lead={t("study.probes.lead")}>
      <StudyAnswer label={t("study.probes.waiting")} query={query} height={240}>
        {({ sentence, probes }) => (
          <>
            <Text mb="xs" maw="75ch">
              {sentence}
            </Text>
            <ProbesTable probes={probes} />
          </>
        )}
      </StudyAnswer>
    </Section>
  );
}

function ProbesTable({ probes }: { probes: Probe[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<Probe>();
    return column.columns([
      column.accessor("name", { header: t("study.probes.name") }),
      column.display({
        id: "rho",
        header: t("study.probes.rho"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          t("study.probes.value", {
            point: decimal(original.estimate.point, 2),
            low: decimal(original.estimate.low, 2),
            high: decimal(original.estimate.high, 2),
          }),
      }),
      column.accessor("verdict", {
        header: t("study.probes.verdict"),
        cell: ({ row }) => <VerdictBadge verdict={row.original.verdict} />,
      }),
    ]);
  }, [t]);
  return (
    <DataTable
      caption={t("study.probes.table")}
      columns={columns}
      rows={probes}
      rowId={(row) => row.name}
    />
  );
}

/** How tokens find their experts, at the last checkpoint of every arm. */
export function StudyRouting({ ground }: { ground: Ground }) {
  const { t } = useTranslation();
  const query = useQuery({ ...routingQuery(ground), enabled: ground.isReady });
  return (
    <Section title={t("study.routing.title")} lead={t("study.routing.lead")}>
      <StudyAnswer label={t("study.routing.waiting")} query={query} height={240}>
        {(routing) => <RoutingTable rows={layerRows(routing)} />}
      </StudyAnswer>
    </Section>
  );
}

function RoutingTable({ rows }: { rows: LayerRow[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<LayerRow>();
    return column.columns([
      column.accessor("arm", { header: t("study.routing.arm") }),
      column.accessor("step", {
        header: t("study.routing.step"),
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.step),
      }),
      column.accessor("layer", {
        header: t("study.routing.layer"),
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.layer),
      }),
      column.accessor("load", {
        header: t("study.routing.load"),
        cell: ({ row }) => row.original.load.map((share) => percent(share, 0)).join(" "),
      }),
      column.accessor("entropy", {
        header: t("study.routing.entropy"),
        meta: { align: "right" },
        cell: ({ row }) => decimal(row.original.entropy, 2),
      }),
    ]);
  }, [t]);
  return (
    <DataTable
      caption={t("study.routing.table")}
      columns={columns}
      rows={rows}
      rowId={(row) => `${row.arm} ${row.layer}`}
    />
  );
}
