import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { WhyAnswer } from "@/features/documents/why-answer";
import { WhyBox } from "@/features/documents/why-box";
import { PageTitle } from "@/ui/page-title";

/** What became of one address. */
export function WhyPage() {
  const { t } = useTranslation();
  const { address } = useSearch({ from: PATHS.why });
  return (
    <>
      <PageTitle title={t("why.title")} lead={t("why.lead")} />
      <WhyBox address={address} />
      {address ? <WhyAnswer address={address} /> : null}
    </>
  );
}
