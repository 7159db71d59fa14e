//! The map over the ground in the window, made on a thread of its own.

use std::sync::Arc;

use lantu_base::UtcNanos;
use lantu_overlay::{HeatMethod, ObjectTable};
use lantu_ui::{HeatAsk, HeatModel, HeatNow};

use crate::heat::{HeatLayer, HeatWish, RISK, heat_layer, quantities};
use crate::stage::Overlays;
use crate::window::desk::Desk;
use crate::window::latest::Latest;

/// A question: which map of what, when.
pub(crate) struct Question {
    overlays: Arc<Overlays>,
    wish: HeatWish,
    time: UtcNanos,
}

/// The map, or why there is none.
type Answer = (HeatWish, Result<HeatLayer, String>);

/// What the window keeps of maps.
pub(crate) struct Heat {
    thread: Latest<Question, Answer>,
    ask: Option<HeatAsk>,
    layer: Option<HeatLayer>,
    problem: String,
    /// What can be mapped.
    quantities: Vec<String>,
}

impl Heat {
    /// Starts the thread. `wake` is called after each answer.
    pub(crate) fn start(
        overlays: &Overlays,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let work = |q: Question| {
            let made = heat_layer(&q.overlays, &q.wish, q.time).map_err(|e| format!("{e:#}"));
            (q.wish, made)
        };
        let mut quantities = quantities(overlays);
        let cells = overlays.table.rows_of_class(&|class| overlays.rules().risk.is_cell(class));
        if !cells.is_empty() {
            quantities.push(RISK.to_owned());
        }
        let thread = Latest::start("heat", wake, work)?;
        Ok(Self { thread, ask: None, layer: None, problem: String::new(), quantities })
    }

    /// The map that lies on the ground.
    pub(crate) fn layer(&self) -> Option<&HeatLayer> {
        self.layer.as_ref()
    }

    /// What was asked for.
    pub(crate) fn asked(&self) -> Option<HeatAsk> {
        self.ask.clone()
    }

    /// What pictures of the same show.
    pub(crate) fn wish(&self) -> Option<HeatWish> {
        self.ask.as_ref().map(wish)
    }

    /// What the panels show; `None` where nothing can be mapped.
    pub(crate) fn model(&self) -> Option<HeatModel> {
        let now = self.ask.clone().map(|ask| HeatNow {
            // The map before is no answer to another question.
            legend: self
                .layer
                .as_ref()
                .filter(|l| l.legend.wish.quantity == ask.quantity)
                .and_then(|l| l.legend.told().legend),
            ask,
            problem: self.problem.clone(),
        });
        let quantities = self.quantities.clone();
        (!quantities.is_empty()).then_some(HeatModel { quantities, now })
    }
}

fn wish(ask: &HeatAsk) -> HeatWish {
    let method = if ask.kriging { HeatMethod::Kriging } else { HeatMethod::InverseDistance };
    HeatWish { quantity: ask.quantity.clone(), method, variance: ask.variance }
}

impl Desk {
    /// Shows another map, or none.
    pub(crate) fn set_heat(&mut self, ask: Option<HeatAsk>) {
        if self.heat.ask == ask {
            return;
        }
        let had = self.heat.layer.is_some();
        self.heat.problem.clear();
        self.heat.ask = ask;
        if self.heat.ask.is_none() {
            self.heat.layer = None;
            if had {
                self.lay_ground();
            }
        }
        self.ask_heat();
    }

    /// Asks for the map at the clock's time.
    pub(crate) fn ask_heat(&self) {
        if let (Some(ask), Some(time)) = (&self.heat.ask, self.time) {
            self.heat.thread.ask(Question { overlays: Arc::clone(&self.overlays), wish: wish(ask), time });
        }
    }

    /// Takes the map that was made. Returns whether anything came.
    pub(crate) fn take_heat(&mut self) -> bool {
        let mut any = false;
        while let Some((made_for, made)) = self.heat.thread.take() {
            if self.heat.wish() != Some(made_for) {
                continue;
            }
            any = true;
            match made {
                Ok(layer) => {
                    self.heat.problem.clear();
                    self.heat.layer = Some(layer);
                }
                Err(why) => {
                    self.heat.problem = why;
                    self.heat.layer = None;
                }
            }
        }
        if any {
            self.lay_ground();
        }
        any
    }
}
