import { Anchor, VisuallyHidden } from "@mantine/core";
import { ExternalLink as Icon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

const SAFE = /^https?:\/\//i;

/**
 * A link to another site: opens in a new tab, says so, and tells the site nothing about us.
 *
 * Addresses come from what was collected: anything but http and https (javascript:, data:) is shown
 * as text and never becomes a link.
 */
export function ExternalLink({ href, children }: { href: string; children: ReactNode }) {
  const { t } = useTranslation();
  if (!SAFE.test(href)) return <span>{children}</span>;
  return (
    <Anchor href={href} target="_blank" rel="noopener noreferrer" inherit>
      {children} <Icon size="0.85em" aria-hidden style={{ verticalAlign: "-0.05em" }} />
      <VisuallyHidden>{t("link.newTab")}</VisuallyHidden>
    </Anchor>
  );
}
