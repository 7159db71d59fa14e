//! A connection through `rumqttc`, whose crates for the two versions of the protocol have the same names for other types.

/// A `Link` by the types of a crate. `limits` sets of its options what only this version has.
macro_rules! rumqttc_link {
    ($rumqttc:ident, $limits:ident) => {
        use std::time::Duration;

        use $rumqttc::{
            AckMode, Broker, Client, Connection, Event, Packet, Publish, QoS, SessionMode,
            SubscribeReasonCode, TlsConfiguration, Transport,
        };

        use super::wire::{
            Access, Came, IN_FLIGHT, KEEP_ALIVE_S, MAX_MESSAGE_BYTES, Message, Wire,
        };

        /// A connection, and how its messages are acknowledged.
        pub(super) struct Link {
            client: Client,
            connection: Connection,
            acks: crossbeam_channel::Sender<Publish>,
        }

        impl Link {
            /// Prepares a connection; it is made when it is first asked for something.
            pub(super) fn new(access: &Access) -> std::io::Result<Self> {
                let broker = Broker::tcp(access.host.clone(), access.port);
                let mut options = MqttOptions::new(access.client_id.clone(), broker);
                options.set_keep_alive(KEEP_ALIVE_S);
                options.set_session_mode(SessionMode::Persistent);
                options.set_ack_mode(AckMode::Manual);
                $limits(&mut options);
                if let Some((user, password)) = &access.credentials {
                    options.set_credentials(user.clone(), password.clone());
                }
                if let Some(tls) = &access.tls {
                    let (ca, client_auth) = (tls.ca.clone(), tls.client.clone());
                    options.set_transport(Transport::tls_with_config(TlsConfiguration::Simple {
                        ca,
                        alpn: None,
                        client_auth,
                    }));
                }
                let (client, connection) = Client::builder(options).capacity(usize::from(IN_FLIGHT)).build();
                let (acks, done) = crossbeam_channel::bounded::<Publish>(usize::from(u16::MAX));
                let acker = client.clone();
                // On a thread of its own: whoever stores readings never waits for the network.
                std::thread::Builder::new().name("feed-mqtt-ack".into()).spawn(move || {
                    for publish in done {
                        if let Err(error) = acker.ack(&publish) {
                            tracing::debug!(%error, "an acknowledgement is not sent; the broker sends the message again");
                        }
                    }
                })?;
                Ok(Self { client, connection, acks })
            }

            fn came(&self, event: Event) -> Came {
                match event {
                    Event::Incoming(Packet::ConnAck(ack)) => Came::Connected { kept: ack.session_present },
                    Event::Incoming(Packet::Publish(mut publish)) => {
                        // To acknowledge needs the number alone: what waits for that does not hold the bytes.
                        let payload = std::mem::take(&mut publish.payload);
                        let topic = publish.topic.to_vec();
                        let payload = (payload.len() <= MAX_MESSAGE_BYTES).then(|| payload.to_vec());
                        let acks = self.acks.clone();
                        let acknowledge = (publish.qos != QoS::AtMostOnce).then(|| -> Box<dyn FnOnce() + Send> {
                            Box::new(move || {
                                if acks.try_send(publish).is_err() {
                                    tracing::debug!("more acknowledgements than packet numbers");
                                }
                            })
                        });
                        Came::Message(Message { topic, payload, acknowledge })
                    }
                    Event::Incoming(Packet::SubAck(ack)) => {
                        let bad = |c: &&SubscribeReasonCode| !matches!(c, SubscribeReasonCode::Success(_));
                        match ack.return_codes.iter().find(bad) {
                            Some(code) => Came::Refused(format!("{code:?}")),
                            None => Came::Other,
                        }
                    }
                    _ => Came::Other,
                }
            }
        }

        impl Wire for Link {
            fn subscribe(&self, filters: &[String]) -> Result<(), String> {
                for filter in filters {
                    self.client.try_subscribe(filter.clone(), QoS::AtLeastOnce).map_err(|e| e.to_string())?;
                }
                Ok(())
            }

            fn ready(&mut self) -> Came {
                match self.connection.try_recv() {
                    Ok(Ok(event)) => self.came(event),
                    Ok(Err(e)) => Came::Failed(e.to_string()),
                    Err(_) => Came::Nothing,
                }
            }

            fn next(&mut self, at_most: Duration) -> Came {
                match self.connection.recv_timeout(at_most) {
                    Ok(Ok(event)) => self.came(event),
                    Ok(Err(e)) => Came::Failed(e.to_string()),
                    Err(_) => Came::Nothing,
                }
            }

            fn leave(&mut self) {
                // Without a last word the broker notices by itself.
                if self.client.try_disconnect().is_ok() {
                    drop(self.connection.recv_timeout(Duration::from_millis(200)));
                }
            }
        }
    };
}

pub(super) use rumqttc_link;
