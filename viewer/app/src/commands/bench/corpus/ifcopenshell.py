# Meshes one IFC file with IfcOpenShell and prints what it cost as one line of JSON.
import json
import resource
import sys

import ifcopenshell
import ifcopenshell.geom

if sys.argv[1:] == ["--version"]:
    print(ifcopenshell.version)
    sys.exit()
out = {"n_products": 0, "n_triangles": 0}
try:
    model = ifcopenshell.open(sys.argv[1])
    settings = ifcopenshell.geom.settings()
    iterator = ifcopenshell.geom.iterator(settings, model, 1, exclude=("IfcOpeningElement",))
    if iterator.initialize():
        seen = set()
        while True:
            shape = iterator.get()
            seen.add(shape.guid)
            out["n_triangles"] += len(shape.geometry.faces) // 3
            if not iterator.next():
                break
        out["n_products"] = len(seen)
except Exception as e:
    out["error"] = str(e)[:200] or type(e).__name__


def peak_bytes():
    # Not ru_maxrss: that of a child counts what its parent had when it was started.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return None


usage = resource.getrusage(resource.RUSAGE_SELF)
out["cpu_s"] = usage.ru_utime + usage.ru_stime
out["peak_rss_bytes"] = peak_bytes()
print(json.dumps(out))
