// Meshes one IFC file with web-ifc and prints what it cost as one line of JSON.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
const wanted = process.argv.at(-1);
const WebIFC = createRequire(path.join(process.cwd(), 'x.js'))('web-ifc');
if (wanted === '--version') process.exit(0);
const out = { n_products: 0, n_triangles: 0 };
try {
  const api = new WebIFC.IfcAPI();
  await api.Init();
  api.SetLogLevel?.(6);
  const model = api.OpenModel(new Uint8Array(fs.readFileSync(wanted)));
  api.StreamAllMeshes(model, (mesh) => {
    out.n_products += 1;
    for (let i = 0; i < mesh.geometries.size(); i++) {
      const g = api.GetGeometry(model, mesh.geometries.get(i).geometryExpressID);
      out.n_triangles += g.GetIndexDataSize() / 3;
      g.delete?.();
    }
  });
} catch (e) {
  out.error = String(e).slice(0, 200);
}
const usage = process.resourceUsage();
out.cpu_s = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
// Not maxRSS: that of a child counts what its parent had when it was started.
const status = fs.existsSync('/proc/self/status') ? fs.readFileSync('/proc/self/status', 'utf8') : '';
const peak = status.match(/VmHWM:\s+(\d+)/);
out.peak_rss_bytes = peak ? Number(peak[1]) * 1024 : null;
console.log(JSON.stringify(out));
