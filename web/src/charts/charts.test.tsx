// @vitest-environment jsdom
import { fireEvent, screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import { IntervalPlot } from "./interval-plot";
import { SeriesChart } from "./series-chart";

test("an unknown interval is said, and never drawn as a certain one", () => {
  const { container } = show(
    <IntervalPlot
      label="Arms"
      delta={0.01}
      confidence={0.95}
      rows={[{ label: "one seed", point: 0.02, low: null, high: null, verdict: "undecided" }]}
    />,
  );
  expect(container.querySelector("circle")?.getAttribute("data-hollow")).toBe("true");
  expect(container.querySelectorAll("[data-verdict] line")).toHaveLength(0);
  expect(screen.getByText("one seed: +2.00 points, interval unknown; undecided")).toBeTruthy();
});

test("a day is read out by keyboard, and one without reading is no zero", () => {
  const days = [
    { day: "2022-12-01", stories: 0, expected: 1, read: 0 },
    { day: "2022-12-02", stories: 3, expected: 1, read: 200 },
  ];
  show(<SeriesChart label="Stories" days={days} onset={null} />);
  const slider = screen.getByRole("slider", { name: "Day" });
  expect(slider.getAttribute("aria-valuetext")).toContain(
    "3 stories, 1.0 expected; 200 read in all",
  );
  fireEvent.change(slider, { target: { value: "0" } });
  expect(slider.getAttribute("aria-valuetext")).toBe(
    "Dec 1, 2022: nothing was read, so no evidence",
  );
});
