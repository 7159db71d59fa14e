//! What surveys propose about progress, in the window: read by a job with a session of its own, decided by a person.

use std::path::Path;
use std::sync::Arc;

use lantu_base::{ObjectRow, UtcNanos};
use lantu_records::{ProgressEntry, Proven};
use lantu_session::{Access, AsBuilt, Earthwork, Epoch, Moved, Proposal, Session, SessionOptions, Survey};
use lantu_ui::{NoticeKind, Observed, ProposalRow, SurveyModel};

use crate::stage::Overlays;
use crate::survey::{accepted, disagrees};
use crate::window::App;
use crate::window::jobs::{Ending, Work};
use crate::window::opening::Opened;

/// What one survey says, and what the panel shows of it.
pub(crate) struct Surveyed {
    /// Of which revision it is.
    pub(crate) of: Arc<Overlays>,
    pub(crate) model: Arc<SurveyModel>,
    /// `None` where no survey has a date, or reading failed.
    survey: Option<Survey>,
    earthworks: Vec<Earthwork>,
}

/// Reads what a survey says: the one at this place among those with a date, the last one where there are
/// fewer.
pub(crate) fn look(project: &Path, of: Arc<Overlays>, wanted: usize, options: &SessionOptions) -> Surveyed {
    match read(project, wanted, options) {
        Ok(Read { epochs, survey, earthworks }) => {
            let model = Arc::new(model(&of, &epochs, survey.as_ref(), &earthworks));
            Surveyed { of, model, survey: survey.map(|s| s.1), earthworks }
        }
        Err(e) => {
            let model = Arc::new(SurveyModel { problem: format!("{e:#}"), ..SurveyModel::default() });
            Surveyed { of, model, survey: None, earthworks: Vec::new() }
        }
    }
}

struct Read {
    epochs: Vec<Epoch>,
    /// With its place among the surveys.
    survey: Option<(usize, Survey)>,
    earthworks: Vec<Earthwork>,
}

fn read(project: &Path, wanted: usize, options: &SessionOptions) -> anyhow::Result<Read> {
    let session = Session::open(project, Access::Read, options.clone())?;
    let epochs = session.epochs()?;
    let place = wanted.min(epochs.len().saturating_sub(1));
    let survey = epochs.get(place).map(|e| session.survey(&e.source)).transpose()?;
    let earthworks = session.earthworks()?;
    session.close()?;
    Ok(Read { epochs, survey: survey.map(|s| (place, s)), earthworks })
}

fn model(
    overlays: &Overlays,
    epochs: &[Epoch],
    survey: Option<&(usize, Survey)>,
    earthworks: &[Earthwork],
) -> SurveyModel {
    let epochs: Vec<(String, UtcNanos)> = epochs.iter().map(|e| (e.source.clone(), e.time)).collect();
    let Some((place, survey)) = survey else { return SurveyModel { epochs, ..SurveyModel::default() } };
    let elements = survey.proposals.iter().filter_map(|p| element(overlays, p, &survey.epoch));
    let moved = earthworks.iter().filter_map(|e| Some((e, of_epoch(e, &survey.epoch)?)));
    let mut rows: Vec<ProposalRow> =
        moved.filter_map(|(e, m)| earthwork(overlays, e, m)).chain(elements).collect();
    // What needs somebody's attention first; of one kind in the order of the scene.
    let order = |o: Observed| Observed::ALL.iter().position(|known| *known == o);
    rows.sort_by_key(|r| (order(r.state), r.row));
    SurveyModel {
        epochs,
        shown: Some(*place),
        problem: String::new(),
        cell_m: survey.cell_m,
        lod95_m: survey.thresholds.lod95_m,
        rows,
    }
}

fn of_epoch<'e>(e: &'e Earthwork, epoch: &Epoch) -> Option<&'e Moved> {
    e.surveys.iter().find(|m| m.epoch.source == epoch.source)
}

/// A row without what was seen.
fn row(
    overlays: &Overlays,
    (row, key): (ObjectRow, &str),
    epoch: &Epoch,
    proven: Option<Proven>,
) -> Option<ProposalRow> {
    let scene = overlays.table.scene();
    let o = scene.object(row)?;
    Some(ProposalRow {
        row: row.0,
        name: if o.name().is_empty() { o.id() } else { o.name() }.to_owned(),
        class: o.class().to_owned(),
        state: Observed::NotObservable,
        why: "",
        cells: None,
        share: None,
        off_m: None,
        proof: String::new(),
        disagrees: proven.and_then(|p| disagrees(overlays, (row, p), epoch.time)) == Some(true),
        accepted: accepted(overlays, key, epoch.time).map(|e| (e.by.clone(), e.known)),
    })
}

fn element(overlays: &Overlays, p: &Proposal, epoch: &Epoch) -> Option<ProposalRow> {
    let c = &p.cells;
    let proof = p.entry(epoch, "", UtcNanos(0)).map(|e| e.proof);
    Some(ProposalRow {
        state: match p.state {
            AsBuilt::NotStarted => Observed::NotStarted,
            AsBuilt::InProgress => Observed::InProgress,
            AsBuilt::Built => Observed::Built,
            AsBuilt::Deviates => Observed::Deviates,
            AsBuilt::NotObservable => Observed::NotObservable,
        },
        why: p.why,
        cells: Some((c.there(), c.seen())),
        off_m: c.mean_m().zip(c.p95_m()),
        proof: proof.unwrap_or_default(),
        ..row(overlays, (p.row, &p.key), epoch, p.proven())?
    })
}

fn earthwork(overlays: &Overlays, e: &Earthwork, m: &Moved) -> Option<ProposalRow> {
    let proof = e.entry(m, "", UtcNanos(0)).map(|e| e.proof);
    let proven = e.proven(m);
    Some(ProposalRow {
        state: match proven {
            Some(Proven::NotStarted) => Observed::NotStarted,
            Some(Proven::InProgress) => Observed::InProgress,
            Some(Proven::Done) => Observed::Built,
            None => Observed::NotObservable,
        },
        why: if proven.is_some() { "volume" } else { "nodata" },
        share: e.share(m),
        proof: proof.unwrap_or_default(),
        ..row(overlays, (e.row, &e.key), &m.epoch, proven)?
    })
}

impl Surveyed {
    /// The entries that a decision about objects makes; what a survey cannot tell, and what nobody accepted, makes none.
    fn entries(&self, rows: &[u32], withdraw: bool, by: &str) -> Vec<ProgressEntry> {
        let Some(survey) = &self.survey else { return Vec::new() };
        let known = crate::context::now();
        let one = |row: &u32| {
            let row = ObjectRow(*row);
            let proposal = survey.proposals.iter().find(|p| p.row == row);
            let earthwork = self.earthworks.iter().find(|e| e.row == row);
            if withdraw {
                let key = earthwork.map(|e| &e.key).or(proposal.map(|p| &p.key))?;
                return Some(accepted(&self.of, key, survey.epoch.time)?.taken_back(by, known));
            }
            match earthwork {
                Some(e) => e.entry(of_epoch(e, &survey.epoch)?, by, known),
                None => proposal?.entry(&survey.epoch, by, known),
            }
        };
        rows.iter().filter_map(one).collect()
    }
}

/// Writes what was decided and opens the project again: colors follow from it.
pub(crate) fn decide(
    project: &Path,
    entries: &[ProgressEntry],
    options: &SessionOptions,
) -> anyhow::Result<Ending> {
    let mut session = Session::open(project, Access::Write, options.clone())?;
    let entered = session.enter_progress(entries);
    session.close()?;
    entered?;
    let withdrawn = entries.iter().all(|e| e.withdrawn);
    Ok(Ending::Decided(Box::new(Opened::open(project, options)?), entries.len(), withdrawn))
}

impl App<'_> {
    /// Asks for what the survey says that the panel wants to show.
    pub(crate) fn want_survey(&mut self) {
        let Some(desk) = &self.desk else { return };
        if let Some(wanted) = self.works.wants_survey(&desk.overlays) {
            let (project, of) = (desk.session.path().to_owned(), Arc::clone(&desk.overlays));
            self.begin(Work::Survey { project, of, wanted });
        }
    }

    /// Enters what a survey proposes about objects, or takes it back.
    pub(crate) fn decide_proposals(&mut self, rows: &[u32], withdraw: bool, by: &str) {
        let Some((desk, surveyed)) = self.desk.as_ref().zip(self.works.surveyed()) else { return };
        let entries = surveyed.entries(rows, withdraw, by);
        if entries.is_empty() {
            return;
        }
        let project = desk.session.path().to_owned();
        self.written.push(project.clone());
        self.begin(Work::Progress { project, entries });
    }

    /// Says what a decision did.
    pub(crate) fn decided(&mut self, n: usize, withdrawn: bool) {
        let id = if withdrawn { "app-notice-progress-withdrawn" } else { "app-notice-progress-entered" };
        self.say(NoticeKind::Done, id, &[("n", lantu_ui::format::count(n as u64).into())]);
    }
}
