import { useState } from "preact/hooks";
import { key } from "../api.ts";
import { useShared } from "../context.ts";

/** Takes the key that a closed server asks for. */
export function KeyForm({ onSaved }: { onSaved: () => void }) {
  const { say } = useShared();
  const [value, setValue] = useState(key.get());
  return (
    <form
      class="key"
      onSubmit={(event) => {
        event.preventDefault();
        key.set(value);
        onSaved();
      }}
    >
      <label>
        {say("key")}
        <input type="password" autoComplete="off" value={value} onInput={(event) => setValue(event.currentTarget.value)} />
      </label>
      <button type="submit">{say("save")}</button>
      <p>{say("key_why")}</p>
    </form>
  );
}
