#include "ui/panels/hub_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/controls/labels.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kWidth = 620, kPadding = 20, kButtonWidth = 84, kGap = 12, kInside = kWidth - 2 * kPadding;
constexpr int kBarHeight = 4, kAlert = 16;

/// Layouts guess the height of wrapped text; here the width is known, so the height is too.
void setWrapped(QLabel* label, const QString& words, int width) {
    label->setText(words);
    label->setVisible(!words.isEmpty());
    label->setFixedSize(width, words.isEmpty() ? 0 : label->heightForWidth(width));
}

QLabel* makeWrapped(const char* name, QWidget* parent, bool muted) {
    auto* label = makeLabel(QString(), parent, Text::caption, muted);
    label->setObjectName(name);
    label->setWordWrap(true);
    label->hide();
    return label;
}

/// How much of it is here.
class Bar final : public QWidget {
  public:
    Bar(const HubModels& hub, const QString& id, QWidget* parent) : QWidget(parent), hub_(hub), id_(id) {
        setObjectName("hubBar");
        setFixedHeight(kBarHeight);
        hide();
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter p(this);
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(Qt::NoPen);
        p.setBrush(colors().track);
        p.drawRoundedRect(rect(), kBarHeight / 2.0, kBarHeight / 2.0);
        const api::FetchProgress* progress = hub_.progress(id_);
        if (!progress || progress->total <= 0 || progress->bytes <= 0) return;
        const double part = std::clamp(double(progress->bytes) / double(progress->total), 0.0, 1.0);
        p.setBrush(colors().text);
        p.drawRoundedRect(QRectF(0, 0, std::max(double(kBarHeight), part * width()), height()),
                          kBarHeight / 2.0, kBarHeight / 2.0);
    }

  private:
    const HubModels& hub_;
    const QString id_;
};

}  // namespace

// ---- one model ----

HubRow::HubRow(State& state, const QString& id, QWidget* parent)
    : QWidget(parent),
      state_(state),
      id_(id),
      title_(makeLabel(QString(), this, Text::body, false, true)),
      name_(makeLabel(id.mid(4), this, Text::caption, true)),
      facts_(makeLabel(QString(), this, Text::caption)),
      alert_(new QLabel(this)),
      words_(makeWrapped("hubWords", this, false)),
      button_(new QToolButton(this)),
      bar_(new Bar(state.hub(), id, this)) {
    setObjectName("hubRow_" + id);
    alert_->setObjectName("hubAlert");
    alert_->setFixedSize(kAlert, kAlert);
    alert_->hide();
    title_->setObjectName("hubTitle");
    name_->setObjectName("hubName");
    facts_->setObjectName("hubFacts");
    name_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    name_->setFocusPolicy(Qt::NoFocus);
    button_->setObjectName("hubButton");
    button_->setFixedSize(kButtonWidth, 32);
    button_->setFocusPolicy(Qt::StrongFocus);
    connect(button_, &QToolButton::clicked, this, &HubRow::press);

    auto* left = new QVBoxLayout;
    left->setSpacing(2);
    for (QLabel* label : {title_, name_, facts_}) left->addWidget(label);
    auto* top = new QHBoxLayout;
    top->setSpacing(kGap);
    top->addLayout(left, 1);
    top->addWidget(button_, 0, Qt::AlignVCenter);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, kGap, 0, kGap);
    all->setSpacing(8);
    all->addLayout(top);
    all->addWidget(bar_);
    auto* below = new QHBoxLayout;
    below->setSpacing(6);
    below->addWidget(alert_, 0, Qt::AlignTop);
    below->addWidget(words_, 0, Qt::AlignTop);
    below->addStretch();
    all->addLayout(below);
}

void HubRow::refresh(const api::PublishedModel& model) {
    const HubModels& hub = state_.hub();
    const auto shown = state_.model();
    const bool fetching = hub.fetching() == id_, inUse = shown && shown->id == id_.toStdString();
    title_->setText(QString::fromStdString(model.title));
    name_->setVisible(title_->text() != name_->text());
    QStringList facts;
    if (!model.knows.empty()) facts << QString::fromStdString(model.knows);
    if (!model.reads.empty()) facts << tr("for %1").arg(QString::fromStdString(model.reads));
    if (model.bytes > 0) facts << fileSize(model.bytes);
    if (!model.licence.empty()) facts << QString::fromStdString(model.licence);
    facts << (model.here ? tr("on this machine") : tr("not here yet"));
    facts_->setText(facts.join(QString::fromUtf8(" · ")));

    button_->setText(fetching ? tr("Cancel") : inUse ? tr("In use") : model.here ? tr("Use") : tr("Get"));
    button_->setToolTip(fetching     ? tr("Stop fetching; what came is kept")
                        : inUse      ? tr("This model is the one in use")
                        : model.here ? tr("Look through this model from now on")
                                     : tr("Fetch this model once from the hub"));
    button_->setEnabled(fetching || (!inUse && (model.here || hub.fetching().isEmpty())));
    button_->setAccessibleName(button_->text() + ' ' + title_->text());
    bar_->setVisible(hub.progress(id_) != nullptr);
    bar_->update();
    const bool failed = !hub.sentence(id_).isEmpty() && !hub.progress(id_);
    alert_->setVisible(failed);
    alert_->setPixmap(icon("alert").pixmap(kAlert, kAlert));
    setWrapped(words_, words(), kInside - kAlert - 6);
    layout()->activate();
}

QString HubRow::words() const {
    const api::FetchProgress* progress = state_.hub().progress(id_);
    return progress ? progressWords(*progress) : state_.hub().sentence(id_);
}

void HubRow::press() {
    HubModels& hub = state_.hub();
    if (hub.fetching() == id_) return hub.cancel();
    const auto& all = hub.models();
    const bool here = std::any_of(all.begin(), all.end(),
                                  [this](const auto& m) { return m.id == id_.toStdString() && m.here; });
    if (here)
        emit used(id_);
    else
        hub.fetch(id_);
}

void HubRow::paintEvent(QPaintEvent*) { QPainter(this).fillRect(QRect(0, 0, width(), 1), colors().line); }

// ---- the panel ----

HubPanel::HubPanel(State& state, QWidget* parent)
    : FloatCard(parent),
      state_(state),
      rows_(new QVBoxLayout),
      where_(makeWrapped("hubWhere", this, true)),
      other_(new QLineEdit(this)),
      get_(new QToolButton(this)),
      close_(new QToolButton(this)) {
    setObjectName("hubPanel");
    auto* title = makeLabel(tr("Get a model"), this, Text::title, false, true);
    title->setObjectName("hubPanelTitle");
    close_->setObjectName("hubClose");
    close_->setProperty("quiet", true);
    close_->setToolTip(tr("Close (Esc); a fetch goes on"));
    close_->setAccessibleName(tr("Close"));
    close_->setFixedSize(28, 28);
    connect(close_, &QToolButton::clicked, this, &QWidget::hide);
    other_->setObjectName("hubOther");
    other_->setPlaceholderText(tr("Another model: OWNER/NAME or OWNER/NAME@REVISION"));
    other_->setAccessibleName(tr("Name of another model on the hub"));
    other_->setFixedHeight(32);
    get_->setObjectName("hubGetOther");
    get_->setText(tr("Get"));
    get_->setToolTip(tr("Fetch the model of this name"));
    get_->setFixedSize(kButtonWidth, 32);
    get_->setFocusPolicy(Qt::StrongFocus);
    connect(get_, &QToolButton::clicked, this, &HubPanel::getOther);
    connect(other_, &QLineEdit::returnPressed, this, &HubPanel::getOther);
    connect(other_, &QLineEdit::textChanged, this, &HubPanel::refresh);

    auto* head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(close_);
    rows_->setSpacing(0);
    auto* last = new QHBoxLayout;
    last->setSpacing(kGap);
    last->addWidget(other_, 1);
    last->addWidget(get_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(kReach + kPadding, kReach + 12, kReach + kPadding, kReach + kPadding);
    all->setSpacing(0);
    all->addLayout(head);
    all->addWidget(where_);
    all->addSpacing(kGap);
    all->addLayout(rows_);
    all->addSpacing(4);
    all->addLayout(last);
    setTabOrder(get_, close_);
    connect(&state_.hub(), &HubModels::changed, this, &HubPanel::refresh);
    connect(&state_, &State::opened, this, &HubPanel::refresh);
    connect(&state_, &State::modelsChanged, this, [this] {  // the engine is up, or knows of one more
        if (isVisible()) state_.hub().refresh();
    });
}

HubRow* HubPanel::row(const QString& id) const { return findChild<HubRow*>("hubRow_" + id); }

void HubPanel::toggle() {
    if (isVisible()) return hide();
    state_.hub().refresh();
    show();
    refresh();
    center();
    raise();
    other_->setFocus();
}

void HubPanel::refresh() {
    if (!isVisible()) return;
    const HubModels& hub = state_.hub();
    close_->setIcon(icon("close"));
    setWrapped(where_,
               tr("Published Perceivers. Each is fetched once, and kept where other tools find it too."),
               kInside);
    where_->setToolTip(hub.cache());
    QWidget* before = nullptr;
    bool more = false;
    for (const api::PublishedModel& model : hub.models()) {
        const QString id = QString::fromStdString(model.id);
        HubRow* shown = row(id);
        if (!shown) {
            shown = new HubRow(state_, id, this);
            connect(shown, &HubRow::used, this, [this](const QString& used_) {
                hide();
                emit used(used_);
            });
            rows_->addWidget(shown);
            more = true;
            if (before) setTabOrder(before, shown->button());
            setTabOrder(shown->button(), other_);
            setTabOrder(other_, get_);
            shown->show();
        }
        shown->refresh(model);
        before = shown->button();
    }
    get_->setEnabled(hub.fetching().isEmpty() && !other_->text().trimmed().isEmpty());
    if (more)
        center();
    else
        fit();
}

/// As high as what it holds; its top stays where it is, so that no button moves away under a pointer, while
/// there is room.
void HubPanel::fit() {
    layout()->activate();
    const int height = layout()->sizeHint().height(), room = parentWidget()->height();
    setGeometry((parentWidget()->width() - kWidth) / 2 - kReach, std::max(0, std::min(y(), room - height)),
                kWidth + 2 * kReach, height);
}

void HubPanel::center() {
    fit();
    move(x(), std::max(0, (parentWidget()->height() - height()) / 2));
}

/// Else whatever comes next in the window would look chosen.
void HubPanel::hideEvent(QHideEvent*) { parentWidget()->setFocus(); }

void HubPanel::getOther() {
    if (!get_->isEnabled()) return;
    const QString name = other_->text();
    other_->clear();
    state_.hub().fetch(name);
}

QString HubPanel::text() const {
    QStringList words;
    for (const QLabel* label : findChildren<QLabel*>())
        if (!label->isHidden()) words << label->text();
    return words.join('\n');
}

}  // namespace perceiver::ui
