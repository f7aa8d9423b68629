import type { Answer, Doc, Status } from "../api.ts";
import { useShared } from "../context.ts";
import { periodText } from "../i18n.ts";
import { reask, type Change } from "../reask.ts";

interface Option {
  value: string;
  name: string;
}

/** What was understood, each part a choice: another choice asks again with another question. */
export function Chips({ answer, reports, onAsk }: { answer: Answer; reports: Doc[]; onAsk: (question: string) => void }) {
  const { say } = useShared();
  const read = answer.interpretation;
  const change = (change: Change) => onAsk(reask(answer.question, read, change));

  const years = new Set(reports.flatMap(({ year }) => (year === null ? [] : [String(year), String(year - 1)])));
  const places = new Set(reports.flatMap(({ region }) => (region === null ? [] : [region])));
  const units = new Set(answer.passages.flatMap(({ text }) => [...text.matchAll(/\d(?:\.\d+)?([万亿]?(?:[\p{Script=Han}]|%))/gu)].map((found) => found[1] ?? "")));
  for (const time of "年月日年期届次前后到至和与") units.delete(time);

  const period = read.periods.map(periodText).join("、");
  const place = read.regions.join("、");
  const status = read.statuses.length === 1 ? (read.statuses[0] as Status) : "";
  const unit = read.expects ?? "";
  return (
    <fieldset class="chips">
      <legend>{say("understood")}</legend>
      <Chip label={say("period")} value={period} options={plainOptions([...years].sort().reverse())} onPick={(value) => change({ what: "period", value })} />
      <Chip label={say("place")} value={place} options={plainOptions([...places].sort())} onPick={(value) => change({ what: "place", value })} />
      <Chip
        label={say("status")}
        value={status}
        options={(["target", "actual"] as const).map((value) => ({ value, name: say(value) }))}
        current={status === "" ? undefined : say(status)}
        onPick={(value) => change({ what: "status", value: value as Status | "" })}
      />
      <Chip label={say("unit")} value={unit} options={plainOptions([...units].slice(0, 8))} onPick={(value) => change({ what: "unit", value })} />
    </fieldset>
  );
}

const plainOptions = (values: string[]): Option[] => values.map((value) => ({ value, name: value }));

function Chip(props: { label: string; value: string; current?: string | undefined; options: Option[]; onPick: (value: string) => void }) {
  const { say } = useShared();
  const { label, value, options } = props;
  const known = value === "" || options.some((option) => option.value === value);
  return (
    <label class={value === "" ? "chip open" : "chip"}>
      <span>{label}</span>
      <select value={value} onChange={(event) => props.onPick(event.currentTarget.value)}>
        <option value="">{say("any")}</option>
        {!known && <option value={value}>{props.current ?? value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </label>
  );
}
