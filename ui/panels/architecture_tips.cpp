// What the parts of the architecture strip say when one points at them.
#include <algorithm>
#include <numeric>

#include "ui/panels/architecture_strip.h"
#include "ui/style/format.h"
#include "ui/style/glossary.h"

namespace perceiver::ui {

QStringList ArchitectureStrip::tips() const {
    QStringList out;
    for (const Card& card : cards_) out << explained(tip(card).says, tip(card).shown);
    return out;
}

Tip ArchitectureStrip::tipAt(const QPoint& at) const {
    const Card* card = cardAt(at);
    return card ? tip(*card) : Tip();
}

/// What a part asks, what answers, and in which shapes: its names, and rich text.
Tip ArchitectureStrip::tip(const Card& card) const {
    const api::ModelInfo& m = *model_;
    const auto table = [](const QString& title, const QList<std::pair<QString, QString>>& rows, const QString& end) {
        QString out = QStringLiteral("<p><b>%1</b></p><table cellspacing=\"0\" cellpadding=\"2\">").arg(title),
                names = title;
        for (const auto& [name, words] : rows) {
            out += QStringLiteral("<tr><td style=\"padding-right:10px\">%1</td><td>%2</td></tr>").arg(name, words);
            names += '\n' + name;
        }
        return Tip{out + QStringLiteral("</table>") + (end.isEmpty() ? end : QStringLiteral("<p>%1</p>").arg(end)),
                   names};
    };
    const QString elements = count(m.input_elements), latents = count(m.latents), channels = count(m.latent_channels);
    const auto shape = [](const QString& rows, const QString& cols) {
        return QString::fromUtf8("%1 × %2").arg(rows, cols);
    };
    switch (card.kind) {
        case Kind::input: {
            const bool cloud = state_.result() && state_.result()->file->cloud;
            Tip out = table(
                tr("Input array"),
                {{tr("shape"), shape(elements, count(m.token_channels)) + tr(", elements by channels")},
                 {tr("elements"),
                  QString::fromStdString(m.input_words).replace(QStringLiteral(" x "), QString::fromUtf8(" × "))},
                 {tr("channels"), cloud ? tr("the position of each point, as features")
                                        : tr("what is there, and its position as features")},
                 {tr("positions"), QString::fromStdString(m.positions)}},
                tr("Click: the input as the model receives it."));
            out.shown += '\n' + QString::fromStdString(m.positions);
            return out;
        }
        case Kind::cross: {
            const api::CrossInfo& x = m.stages[std::size_t(card.stage)].cross;
            const QString qk = count(x.qk_channels), v = count(x.v_channels);
            QString end = tr("softmax(QK<sup>T</sup> / √%1) V, once for each head, added to the latents; then an MLP.")
                              .arg(x.qk_channels / std::max(1, x.heads));
            if (x.shared_with >= 0) end += tr(" The same weights as cross-attend %1.").arg(x.shared_with + 1);
            if (const api::ElementInfo* e = state_.element(); e && std::size_t(card.stage) < e->reading.size()) {
                const auto& reading = e->reading[std::size_t(card.stage)];
                const auto most = std::max_element(reading.begin(), reading.end());
                end += tr("<br>The element pointed at is read most by latent %1, %2 uniform.")
                           .arg(most - reading.begin())
                           .arg(timesUniform(double(*most) * m.input_elements));
            }
            return table(
                tr("Cross-attend %1 · %2")
                        .arg(card.stage + 1)
                        .arg(x.heads == 1 ? tr("1 head") : tr("%1 heads").arg(x.heads)) +
                    (x.shared_with >= 0 ? tr(" · shared") : QString()),
                {{tr("query Q"),
                  tr("from the latents: %1, projected to %2").arg(shape(latents, channels), shape(latents, qk))},
                 {tr("key K"),
                  tr("from the input: %1 to %2").arg(shape(elements, count(m.token_channels)), shape(elements, qk))},
                 {tr("value V"),
                  tr("from the input: %1 to %2").arg(shape(elements, count(m.token_channels)), shape(elements, v))},
                 {tr("attention"), shape(latents, elements) + (x.heads > 1 ? tr(", for each head") : QString())},
                 {tr("output"), shape(latents, channels)}},
                end + tr("<br>Click shows it everywhere. Ctrl+click: B, to compare with."));
        }
        case Kind::latent: {
            const auto& blocks = m.stages[std::size_t(card.stage)].blocks;
            const int layers = std::accumulate(blocks.begin(), blocks.end(), 0,
                                               [](int n, const api::BlockInfo& b) { return n + b.layers; });
            const int heads = blocks.empty() ? 1 : blocks.front().heads;
            return table(tr("Latent transformer · %1 layers").arg(layers),
                         {{tr("query, key, value"), tr("all from the latents, %1").arg(shape(latents, channels))},
                          {tr("attention"),
                           shape(latents, latents) + (heads > 1 ? tr(", for each of %1 heads").arg(heads) : QString())},
                          {tr("output"), shape(latents, channels)}},
                         {});
        }
        case Kind::output: break;
    }
    if (m.head == "decoder")
        return table(tr("Decoder"),
                     {{tr("query Q"), tr("one learned query for the class")},
                      {tr("key K, value V"), tr("from the latents, %1").arg(shape(latents, channels))},
                      {tr("output"), tr("%1 classes").arg(count(m.classes))}},
                     {});
    return table(tr("Answer"),
                 {{tr("mean"), tr("over the latents: %1 to %2").arg(shape(latents, channels), channels)},
                  {tr("linear"), tr("%1 to %2 classes").arg(channels, count(m.classes))}},
                 tr("A logit for each class, and their softmax."));
}

}  // namespace perceiver::ui
