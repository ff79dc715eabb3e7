/**
 * Every network with its size, as a Markdown page:
 *
 *     npx tsx scripts/networks.ts > docs/networks.md
 */
import { networksPage } from "./_networks.js";

process.stdout.write(networksPage());
