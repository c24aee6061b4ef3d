import { dispatch } from "./src/dispatch.ts";

if (import.meta.main) Deno.exit(await dispatch(Deno.args));
