//! What other threads have to say: jobs that ended, colors, folders, search results.

use std::path::Path;
use std::sync::Arc;

use lantu_base::Severity;
use lantu_session::FileOutcome;
use lantu_ui::{JobModel, JobOutcome, NoticeKind, ReportModel, ReportRow};

use crate::window::App;
use crate::window::desk::Desk;
use crate::window::jobs::{EarlyLook, Ending, Job, PartShown, Work};
use crate::window::opening::Opened;

/// Jobs whose reports are kept. Chosen: a day's imports.
const MAX_ENDED: usize = 30;

/// A job that ended.
pub(crate) struct JobEnd {
    pub(crate) id: u64,
    name: String,
    outcome: JobOutcome,
    report: ReportModel,
}

impl App<'_> {
    /// Takes everything that waits.
    pub(crate) fn take_news(&mut self) {
        while let Some((job, ending)) = self.jobs.take_ended() {
            self.job_ended(job, ending);
        }
        while let Some((job, look)) = self.jobs.take_look() {
            let into = self.jobs.running().find(|j| j.id == job).and_then(|j| j.imports_into.clone());
            if let Some(desk) = &mut self.desk
                && into.as_deref() == Some(desk.session.path())
            {
                match look {
                    EarlyLook::Raster(look) => desk.show_first_look(job, look.pyramid),
                    EarlyLook::Shapes(look) => desk.show_first_shapes(job, look.tree),
                }
                self.touch();
            }
        }
        if let Some(desk) = &mut self.desk
            && desk.take_answers()
        {
            self.touch();
        }
        if self.desk.as_mut().is_some_and(Desk::take_heat) {
            self.touch();
        }
        self.take_readings();
        if self.works.take() {
            self.touch();
        }
        while let Some(found) = self.finder.take() {
            self.found = Some(found);
            if let Some(desk) = &mut self.desk {
                desk.tree_dirty = true;
            }
        }
        let words = &self.words;
        if let Some(chooser) = &mut self.chooser {
            chooser.take_answers(&|path: &Path, e: &std::io::Error| {
                let args = [("path", path.display().to_string().into()), ("detail", e.to_string().into())];
                words.by_id("app-error-file", &args).unwrap_or_else(|| e.to_string())
            });
        }
        self.take_snaps();
    }

    fn job_ended(&mut self, job: Job, ending: Ending) {
        let quiet = job.quiet;
        if let Some(desk) = &mut self.desk {
            desk.drop_first_looks(job.id);
        }
        let mut end = JobEnd {
            id: job.id,
            report: ReportModel { title: job.name.clone(), ..ReportModel::default() },
            name: job.name,
            outcome: JobOutcome::Done,
        };
        match ending {
            Ending::Ready(opened, outcomes) => {
                if !outcomes.is_empty() {
                    self.written.push(opened.session.path().to_owned());
                    end.outcome = outcome_of(&outcomes);
                    end.report = self.report_of(&end.name, &outcomes);
                    let kind = match end.outcome {
                        JobOutcome::Done => NoticeKind::Done,
                        JobOutcome::Partial => NoticeKind::Warning,
                        JobOutcome::Failed => NoticeKind::Error,
                    };
                    for o in &outcomes {
                        let text = crate::explain::outcome(self.context, o, opened.session.path());
                        self.notice(kind, text.lines().next().unwrap_or_default().to_owned());
                    }
                    // What waits for a decision asks for it.
                    if let Some(waits) = outcomes.iter().find(|o| o.waiting) {
                        self.placing.clone_from(&waits.source);
                    }
                }
                self.show_opened(*opened);
            }
            Ending::Placed(opened) => {
                self.written.push(opened.session.path().to_owned());
                self.show_opened(*opened);
                self.say(NoticeKind::Done, "app-notice-placed", &[("source", end.name.clone().into())]);
            }
            Ending::Styled(opened, outcome) => {
                self.written.push(opened.session.path().to_owned());
                end.outcome = outcome_of(std::slice::from_ref(&outcome));
                end.report = self.report_of(&end.name, std::slice::from_ref(&outcome));
                self.show_opened(*opened);
                self.tell_styled(&end.name, &outcome);
            }
            Ending::Written => {}
            Ending::Entered(entries) => {
                self.works.take_entries(entries);
                self.say(NoticeKind::Done, "app-notice-risk-entered", &[]);
            }
            Ending::Surveyed(surveyed) => self.works.take_survey(*surveyed),
            Ending::Decided(opened, n, withdrawn) => {
                self.written.push(opened.session.path().to_owned());
                self.show_opened(*opened);
                self.decided(n, withdrawn);
            }
            Ending::Exported(out) => {
                let path = out.display().to_string();
                self.say(NoticeKind::Done, "app-notice-states", &[("path", path.into())]);
            }
            Ending::Acted(acts) => {
                if let Some(desk) = &mut self.desk {
                    desk.take_acts(acts);
                }
                self.say(NoticeKind::Done, "app-notice-alarm-act", &[]);
            }
            Ending::Drawn(path, failures) => {
                self.say(
                    NoticeKind::Done,
                    "app-notice-snapshot",
                    &[("path", path.display().to_string().into())],
                );
                if !failures.is_empty() {
                    end.outcome = JobOutcome::Partial;
                    self.tell_failures(&failures);
                }
            }
            Ending::Stopped => {
                end.outcome = JobOutcome::Failed;
                self.say(NoticeKind::Info, "app-notice-stopped", &[("name", end.name.clone().into())]);
                if let Some(project) = job.imports_into {
                    // What was imported before it was stopped is shown.
                    self.written.push(project.clone());
                    self.begin(Work::Open(project));
                }
            }
            Ending::Failed(e) => {
                end.outcome = JobOutcome::Failed;
                if let Some(desk) = &mut self.desk {
                    desk.reread_styles();
                }
                self.say_error(&e);
            }
        }
        if !quiet {
            self.ended.push(end);
            if self.ended.len() > MAX_ENDED {
                self.ended.remove(0);
            }
        }
        self.redraw();
    }

    /// Says that a layer is drawn in another style, or why an attribute does not serve.
    fn tell_styled(&mut self, name: &str, outcome: &FileOutcome) {
        let problem = outcome.report.diagnostics.iter().find(|d| d.code.0 == "style.no_attribute");
        match problem {
            Some(d) => self.notice(NoticeKind::Warning, crate::explain::diagnostic_words(&self.words, d)),
            None => self.say(NoticeKind::Done, "app-notice-styled", &[("name", name.to_owned().into())]),
        }
    }

    /// Shows a project: the same one after a change, or another one.
    fn show_opened(&mut self, opened: Opened) {
        let path = opened.session.path().to_owned();
        self.recent.note(&path, opened.session.name(), crate::context::now());
        let same = self.desk.as_ref().is_some_and(|d| d.session.path() == path);
        let before = self.desk.take();
        let desk = match before {
            Some(before) if same => before.reopened(opened, self.waker()),
            before => {
                if let Some(Err(error)) = before.map(|d| d.session.close()) {
                    tracing::warn!(%error, "the project before was not closed well");
                }
                Desk::new(opened, None, self.size, self.waker())
            }
        };
        match desk {
            Ok(desk) => self.desk = Some(desk),
            Err(e) => self.say_error(&e),
        }
        (self.hand.hover, self.found, self.tree) = (None, None, None);
        if let Err(e) = self.make_canvas() {
            self.say_error(&e);
        }
    }

    /// Sends views that were changed to the project file.
    pub(crate) fn save_views(&mut self) {
        let Some(desk) = &mut self.desk else { return };
        if desk.view_writes.is_empty() {
            return;
        }
        let views = std::mem::take(&mut desk.view_writes);
        let project = desk.session.path().to_owned();
        self.written.push(project.clone());
        if self.jobs.begin(Work::Views { project, views }).is_none() {
            self.say(NoticeKind::Error, "app-notice-busy", &[]);
        }
    }

    /// What a job is at; that a raster is shown coarsely and shapes in part until it is done.
    fn step_of(&self, job: &Job) -> String {
        let words = match job.part {
            Some(PartShown::Sampled(share)) => {
                let percent = format!("{:.0}", (share * 100.0).ceil());
                self.words.by_id("app-job-sampled", &[("percent", percent.into())])
            }
            Some(PartShown::Shapes) => self.words.by_id("app-job-unfinished", &[]),
            None if job.progress.what == job.name => None,
            None => Some(job.progress.what.clone()),
        };
        words.unwrap_or_default()
    }

    pub(crate) fn job_models(&self) -> Vec<JobModel> {
        #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
        let running = self.jobs.running().filter(|j| !j.quiet).map(|j| JobModel {
            id: j.id,
            name: j.name.clone(),
            fraction: j.progress.fraction.map(|f| f as f32),
            step: self.step_of(j),
            remaining_s: j.remaining_s(),
            outcome: None,
            n_remarks: 0,
            can_cancel: j.can_cancel,
        });
        let ended = self.ended.iter().map(|e| JobModel {
            id: e.id,
            name: e.name.clone(),
            fraction: None,
            step: String::new(),
            remaining_s: None,
            outcome: Some(e.outcome),
            n_remarks: e.report.counts.iter().sum(),
            can_cancel: false,
        });
        running.chain(ended).collect()
    }

    pub(crate) fn report_model(&self) -> Option<ReportModel> {
        let id = self.report?;
        self.ended.iter().find(|e| e.id == id).map(|e| e.report.clone())
    }

    fn report_of(&self, name: &str, outcomes: &[FileOutcome]) -> ReportModel {
        let mut counts = [0_u64; 3];
        let mut rows: Vec<ReportRow> = Vec::new();
        for o in outcomes {
            for d in &o.report.diagnostics {
                let ix = match d.severity {
                    Severity::Error => 0,
                    Severity::Warning => 1,
                    Severity::Info => 2,
                };
                if let Some(n) = counts.get_mut(ix) {
                    *n += 1;
                }
                rows.push(ReportRow {
                    severity: d.severity,
                    text: match &o.source {
                        // The file came in, and this is about a part of it.
                        Some(_) => crate::explain::diagnostic_words(&self.context.words, d),
                        None => crate::explain::file_problem(self.context, &o.path, d),
                    },
                    place: d.place.clone(),
                    row: None,
                });
            }
        }
        rows.sort_by_key(|r| std::cmp::Reverse(r.severity));
        ReportModel { title: name.to_owned(), counts, rows: Arc::from(rows) }
    }
}

fn outcome_of(outcomes: &[FileOutcome]) -> JobOutcome {
    if outcomes.iter().all(|o| o.source.is_none()) {
        JobOutcome::Failed
    } else if outcomes.iter().any(|o| o.source.is_none() || o.is_partial()) {
        JobOutcome::Partial
    } else {
        JobOutcome::Done
    }
}
