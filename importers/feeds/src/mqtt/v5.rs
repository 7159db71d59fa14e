//! MQTT 5 through `rumqttc`.

use rumqttc_v5::{BrokerSessionResumePolicy, MqttOptions};

super::link::rumqttc_link!(rumqttc_v5, limits);

fn limits(options: &mut MqttOptions) {
    options.set_max_packet_size(u32::try_from(MAX_MESSAGE_BYTES).ok());
    options.set_receive_maximum(Some(IN_FLIGHT));
    // What the broker kept while this program was not running is what a persistent session is for; this side has nothing
    // under way that would have to be reconciled.
    options.set_broker_session_resume_policy(BrokerSessionResumePolicy::AllowBrokerOnly);
}
