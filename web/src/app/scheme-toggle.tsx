import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { Moon, Sun, SunMoon } from "lucide-react";
import { useTranslation } from "react-i18next";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;
const ICONS = { auto: SunMoon, light: Sun, dark: Moon } as const;

/** Light, dark, or as the system has it: one button that goes round. */
export function SchemeToggle() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = ICONS[colorScheme];
  const names: Record<MantineColorScheme, string> = {
    auto: t("shell.scheme.auto"),
    light: t("shell.scheme.light"),
    dark: t("shell.scheme.dark"),
  };
  const next = NEXT[colorScheme];
  const label = t("shell.scheme.label", { now: names[colorScheme], next: names[next] });
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}
