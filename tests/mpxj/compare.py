#!/usr/bin/env python3
"""Compares `lantu schedule --json` with MPXJ's schedulers, task by task.

    python3 -m venv /tmp/mpxj && /tmp/mpxj/bin/pip install mpxj JPype1     (needs Java)
    /tmp/mpxj/bin/python tests/mpxj/compare.py target/debug/lantu ../shared/data/live/mpxj/junit [--networks N] [--seed N]

For every file that Lantu reads: each leaf task's early and late dates and whether it is critical, against what MPXJ's
scheduler computes from the same file and against what the file itself states. `--networks` adds generated networks
with links of all kinds, lags, constraints and calendars, written as Microsoft Project XML. Ends with a table, and
with exit code 1 where a task of a generated network differs.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import jpype
import mpxj  # noqa: F401  (puts its jars on the class path)

FIELDS = ["early_start", "early_finish", "late_start", "late_finish"]


def ours(lantu, path):
    """Leaf tasks by id, or the reason why the file was refused."""
    run = subprocess.run([lantu, "schedule", str(path), "--json"], capture_output=True, text=True, timeout=120)
    if run.returncode not in (0, 3):
        return None, run.stderr.strip().splitlines()[0] if run.stderr else "no reason"
    tasks = json.loads(run.stdout)["tasks"]
    leaf = [t for t in tasks if not t["summary"] and t["kind"] != "inactive"]
    strip = lambda v: v.rstrip("Z") if v else None
    out = {}
    for t in leaf:
        stated = [strip(t["stated"][f]) for f in FIELDS]
        out[t["id"]] = ([strip(t[f]) for f in FIELDS], t["critical"], stated)
    return out, None


def theirs(path):
    """Leaf tasks of MPXJ by id, scheduled by MPXJ."""
    from org.mpxj.cpm import MicrosoftScheduler, PrimaveraScheduler
    from org.mpxj.reader import UniversalProjectReader

    out = {}
    for p in UniversalProjectReader().readAll(str(path)):
        kind = str(p.getProjectProperties().getFileType())
        scheduler = PrimaveraScheduler() if kind in ("XER", "PMXML") else MicrosoftScheduler()
        try:
            scheduler.schedule(p, p.getProjectProperties().getStartDate())
        except jpype.JException as e:
            print(f"    MPXJ cannot schedule {path.name}: {e}")
        for t in p.getTasks():
            if t.getSummary() or t.getNull() or not t.getActive():
                continue
            dates = [t.getEarlyStart(), t.getEarlyFinish(), t.getLateStart(), t.getLateFinish()]
            text = [None if d is None else str(d) + (":00" if len(str(d)) == 16 else "") for d in dates]
            out[str(t.getUniqueID())] = (text, bool(t.getCritical()))
    return out


def network(rng, n):
    """A network as Microsoft Project XML."""
    def week(days, spans):
        rows = []
        for day in range(1, 8):
            times = "".join(
                f"<WorkingTime><FromTime>{a}:00</FromTime><ToTime>{b}:00</ToTime></WorkingTime>" for a, b in spans)
            work = day in days
            rows.append(f"<WeekDay><DayType>{day}</DayType><DayWorking>{int(work)}</DayWorking>"
                        + (f"<WorkingTimes>{times}</WorkingTimes>" if work else "") + "</WeekDay>")
        return "".join(rows)

    calendars = [
        (1, week(range(2, 7), [("08:00", "12:00"), ("13:00", "17:00")])),
        (2, week(range(2, 8), [("07:00", "15:00")])),
        (3, week(range(1, 8), [("06:00", "14:00"), ("14:00", "22:00")])),
    ]
    holidays = "".join(
        f"<Exception><TimePeriod><FromDate>2026-{m:02}-{d:02}T00:00:00</FromDate><ToDate>2026-{m:02}-{d:02}T23:59:00</ToDate>"
        f"</TimePeriod><Occurrences>1</Occurrences><Name>h</Name><Type>1</Type><DayWorking>0</DayWorking></Exception>"
        for m, d in [(3, 12), (4, 6), (5, 1)])
    out = ['<?xml version="1.0" encoding="UTF-8"?><Project xmlns="http://schemas.microsoft.com/project">'
           '<StartDate>2026-03-02T08:00:00</StartDate><ScheduleFromStart>1</ScheduleFromStart><CalendarUID>1</CalendarUID>'
           '<MinutesPerDay>480</MinutesPerDay><MinutesPerWeek>2400</MinutesPerWeek><CriticalSlackLimit>0</CriticalSlackLimit><Calendars>']
    for uid, days in calendars:
        out.append(f"<Calendar><UID>{uid}</UID><Name>c{uid}</Name><IsBaseCalendar>1</IsBaseCalendar><BaseCalendarUID>-1</BaseCalendarUID>"
                   f"<WeekDays>{days}</WeekDays><Exceptions>{holidays}</Exceptions></Calendar>")
    out.append("</Calendars><Tasks>")
    for uid in range(1, n + 1):
        hours = rng.choice([4, 8, 16, 24, 40, 60])
        links = ""
        for before in rng.sample(range(1, uid), min(uid - 1, rng.choice([0, 1, 1, 2, 3]))):
            kind = rng.choice([1, 1, 1, 0, 3])
            lag = rng.choice([0, 0, 0, 2400, 4800, 9600])
            links += (f"<PredecessorLink><PredecessorUID>{before}</PredecessorUID><Type>{kind}</Type><CrossProject>0</CrossProject>"
                      f"<LinkLag>{lag}</LinkLag><LagFormat>7</LagFormat></PredecessorLink>")
        calendar = rng.choice([-1, -1, -1, 2, 3])
        constraint = "<ConstraintType>0</ConstraintType>"
        if rng.random() < 0.1:
            constraint = f"<ConstraintType>4</ConstraintType><ConstraintDate>2026-03-{rng.randint(9, 13):02}T08:00:00</ConstraintDate>"
        out.append(
            f"<Task><UID>{uid}</UID><ID>{uid}</ID><Name>t{uid}</Name><Type>1</Type><IsNull>0</IsNull><OutlineLevel>1</OutlineLevel>"
            f"<OutlineNumber>{uid}</OutlineNumber><Duration>PT{hours}H0M0S</Duration><DurationFormat>7</DurationFormat>"
            f"<Milestone>0</Milestone><Summary>0</Summary><ActualDuration>PT0H0M0S</ActualDuration>"
            f"<RemainingDuration>PT{hours}H0M0S</RemainingDuration>{constraint}<CalendarUID>{calendar}</CalendarUID>{links}</Task>")
    out.append("</Tasks></Project>")
    return "".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lantu")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    jpype.startJVM("-Xmx1g")
    print(f"seed {args.seed}")
    rows = {}

    def compare(kind, path):
        got, refused = ours(args.lantu, path)
        if got is None:
            rows.setdefault("refused: " + refused.split(",")[0].removeprefix("Error: "), [0] * 5)[0] += 1
            return
        row = rows.setdefault(kind, [0] * 5)
        row[0] += 1
        want = theirs(path)
        for uid, (dates, critical, stated) in got.items():
            row[1] += 1
            expected, their_critical = want.get(uid, ([None] * 4, None))
            mpxj_same = dates == expected and critical == their_critical
            row[2] += mpxj_same
            row[3] += dates == stated
            row[4] += mpxj_same or dates == stated
            if args.verbose and not mpxj_same:
                print(f"    {path.name} {uid}\n      ours {dates} {critical}\n      MPXJ {expected} {their_critical}\n      file {stated}")

    for path in sorted(p for p in args.folder.rglob("*") if p.is_file()):
        compare("files " + path.suffix, path)
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        for n in range(args.networks):
            path = pathlib.Path(folder) / f"network{n}.xml"
            path.write_text(network(rng, 60))
            compare("networks", path)
    print(f"{'':64} files tasks =MPXJ =file =either")
    for kind, row in sorted(rows.items()):
        print(f"{kind:64.64} " + " ".join(f"{v:5}" for v in row))
    total = [sum(r[i] for r in rows.values()) for i in range(5)]
    print(f"{'all':64} " + " ".join(f"{v:5}" for v in total))
    networks = rows.get("networks", [0] * 5)
    return int(networks[1] != networks[2])


if __name__ == "__main__":
    sys.exit(main())
