#!/usr/bin/env python3
"""Compares `lantu schedule --json` with MPXJ's schedulers, task by task.

    python3 -m venv /tmp/mpxj && /tmp/mpxj/bin/pip install mpxj JPype1     (needs Java)
    /tmp/mpxj/bin/python tests/mpxj/compare.py target/debug/lantu ../shared/data/live/mpxj/junit [--networks N] [--seed N]

For every file that Lantu reads: each leaf task's early and late dates and whether it is critical, against what MPXJ's
scheduler computes from the same file and against what the file itself states. `--networks` adds generated networks,
written as Microsoft Project XML: N with links FS, SS and FF, lags, starts not before a date and calendars, and N with
every kind of link and constraint, leads, lags in percent and of the clock, milestones and deadlines. Ends with a
table, and with exit code 1 where a task of a generated network differs.
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


def complete(project):
    """MPX and Planner have no actual and remaining durations, without which MPXJ's scheduler refuses: they follow from the
    percentage."""
    from org.mpxj import Duration

    for t in project.getTasks():
        duration = t.getDuration()
        if duration is None:
            continue
        share = float(str(t.getPercentageComplete() or 0)) / 100
        part = lambda s: Duration.getInstance(duration.getDuration() * s, duration.getUnits())
        if t.getActualDuration() is None:
            t.setActualDuration(part(share))
        if t.getRemainingDuration() is None:
            t.setRemainingDuration(part(1 - share))


def theirs(path):
    """Leaf tasks of MPXJ by id, scheduled by MPXJ."""
    from org.mpxj.cpm import MicrosoftScheduler, PrimaveraScheduler
    from org.mpxj.reader import UniversalProjectReader

    out = {}
    try:
        projects = UniversalProjectReader().readAll(str(path))
    except jpype.JException as e:
        print(f"    MPXJ cannot read {path.name}: {e}")
        return out
    for p in projects:
        kind = str(p.getProjectProperties().getFileType())
        scheduler = PrimaveraScheduler() if kind in ("XER", "PMXML") else MicrosoftScheduler()
        complete(p)
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


def constraint_of(rng, every):
    """The limit of one task of ten; of five, where every kind is wanted."""
    if rng.random() >= (0.2 if every else 0.1):
        return "<ConstraintType>0</ConstraintType>"
    kind = rng.choice([1, 2, 3, 4, 5, 6, 7]) if every else 4
    date = f"2026-03-{rng.randint(9, 13):02}T{'17' if kind in (3, 6, 7) else '08'}:00:00"
    return f"<ConstraintType>{kind}</ConstraintType>" + (f"<ConstraintDate>{date}</ConstraintDate>" if kind != 1 else "")


def network(rng, n, every=False):
    """A network as Microsoft Project XML; with `every`, of all kinds of links and limits."""
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
            kind = rng.choice([1, 1, 1, 0, 3, 2] if every else [1, 1, 1, 0, 3])
            lag = rng.choice([0, 0, 0, 2400, 4800, 9600])
            unit = 7
            if every:
                # Tenths of a minute of work; of the clock with unit 8; percent with unit 19.
                lag, unit = rng.choice([(lag, 7), (lag, 7), (-2400, 7), (14400, 8), (50, 19)])
            links += (f"<PredecessorLink><PredecessorUID>{before}</PredecessorUID><Type>{kind}</Type><CrossProject>0</CrossProject>"
                      f"<LinkLag>{lag}</LinkLag><LagFormat>{unit}</LagFormat></PredecessorLink>")
        calendar = rng.choice([-1, -1, -1, 2, 3])
        constraint = constraint_of(rng, every)
        milestone = every and rng.random() < 0.1
        hours = 0 if milestone else hours
        deadline = "<Deadline>2026-04-10T17:00:00</Deadline>" if every and rng.random() < 0.05 else ""
        out.append(
            f"<Task><UID>{uid}</UID><ID>{uid}</ID><Name>t{uid}</Name><Type>1</Type><IsNull>0</IsNull><OutlineLevel>1</OutlineLevel>"
            f"<OutlineNumber>{uid}</OutlineNumber><Duration>PT{hours}H0M0S</Duration><DurationFormat>7</DurationFormat>"
            f"<Milestone>{int(milestone)}</Milestone><Summary>0</Summary><ActualDuration>PT0H0M0S</ActualDuration>"
            f"<RemainingDuration>PT{hours}H0M0S</RemainingDuration>{constraint}{deadline}<CalendarUID>{calendar}</CalendarUID>{links}</Task>")
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
        for n in range(args.networks):
            path = pathlib.Path(folder) / f"every{n}.xml"
            path.write_text(network(rng, 60, every=True))
            compare("networks of every kind", path)
    print(f"{'':64} files tasks =MPXJ =file =either")
    for kind, row in sorted(rows.items()):
        print(f"{kind:64.64} " + " ".join(f"{v:5}" for v in row))
    total = [sum(r[i] for r in rows.values()) for i in range(5)]
    print(f"{'all':64} " + " ".join(f"{v:5}" for v in total))
    return int(any(row[1] != row[2] for kind, row in rows.items() if kind.startswith("networks")))


if __name__ == "__main__":
    sys.exit(main())
